// Every operation of the node once, on the records that the sandbox starts with.
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { byId } from '../fixtures.mts';

const person = { firstName: 'Sche', lastName: 'Ma', email: '={{ $json.email }}' };
const twoEmails = [{ email: 'one@schema.example' }, { email: 'two@schema.example' }];
/** The first item creates what the second one updates. */
const sameEmailTwice = [twoEmails[0], twoEmails[0]] as IDataObject[];

/** For each operation the parameters of runs that between them give all that it can give, and their items. */
export const runs: Record<string, { parameters: INodeParameters; items?: IDataObject[] }> = {
	'account/check': { parameters: {} },
	'lead/create': { parameters: person, items: twoEmails },
	'lead/createOrUpdate': { parameters: { ...person, matchBy: ['email'] }, items: sameEmailTwice },
	'lead/find': { parameters: { criteria: { clientId: '12401' } } },
	'lead/get': { parameters: { clientId: byId(12401) } },
	'lead/update': { parameters: { clientId: byId(12401), updateFields: { city: 'Bern' } } },
	'lead/updateStatus': { parameters: { clientId: byId(12401), status: byId(12) } },
	'client/create': { parameters: person, items: twoEmails },
	'client/createOrUpdate': { parameters: { ...person, matchBy: ['email'] }, items: sameEmailTwice },
	'client/find': {
		parameters: { criteria: { clientId: '={{ $json.id }}' } },
		items: [{ id: '12345' }, { id: '12510' }],
	},
	// Jane has an employee and no affiliate; the other has an affiliate and no employee.
	'client/get': {
		parameters: { clientId: byId('={{ $json.id }}') },
		items: [{ id: '12345' }, { id: '12510' }],
	},
	'client/getMany': { parameters: {} },
	'client/update': { parameters: { clientId: byId(12345), updateFields: { city: 'Bern' } } },
	'client/updateStatus': { parameters: { clientId: byId(12345), status: byId(44) } },
	'affiliate/create': { parameters: person, items: twoEmails },
	'affiliate/find': { parameters: { criteria: { affiliateId: '301' } } },
	'affiliate/getMany': { parameters: {} },
	'affiliate/update': { parameters: { affiliateId: byId(301), updateFields: { phone: '+1' } } },
	'note/create': { parameters: { clientId: byId(12345), text: 'Hello' } },
	'event/getMany': { parameters: {} },
	'event/sendTest': { parameters: { eventType: 'client.created' } },
	'employee/getMany': { parameters: {} },
	'clientStatus/getMany': { parameters: {} },
	'webhookSubscription/getMany': { parameters: {} },
	'webhookSubscription/enable': { parameters: { subscriptionId: byId('={{ $json.id }}') } },
	'webhookSubscription/delete': { parameters: { subscriptionId: byId('={{ $json.id }}') } },
};
