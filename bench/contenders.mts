// The three ways to create a lead for each item that the bulk benchmark compares, each as a node of n8n.
import type { INode } from 'n8n-workflow';
import type { Credential } from '../scripts/real-n8n/rest.mts';
import { PACKAGE } from './n8n.mts';

export const OURS = 'WhiteLabelCRO node';

/** The node of this package, with a credential, by the name it has in a table. */
export function ours(title: string, parameters: INode['parameters'], credential: Credential): INode {
	return node(title, credential, { type: `${PACKAGE}.whiteLabelCro`, typeVersion: 1, parameters });
}

function node(
	title: string,
	{ id, name, type }: Credential,
	more: Pick<INode, 'type' | 'typeVersion' | 'parameters'>,
): INode {
	return { id: 'worker', name: title, position: [0, 0], credentials: { [type]: { id, name } }, ...more };
}

/** Every contender by the name it has in the table. */
export function contenders(apiUrl: string, credential: Credential): INode[] {
	const field = (wireName: string, value: string) => ({ name: wireName, value });
	const httpRequest = {
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.5,
		parameters: {
			method: 'POST',
			url: `${apiUrl}/api/v1/integrations/leads`,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: credential.type,
			sendBody: true,
			bodyParameters: {
				parameters: [
					field('first_name', 'Bulk'),
					field('last_name', 'Lead'),
					field('email', '={{ $json.email }}'),
					field('external_id', '={{ $json.id }}'),
				],
			},
		},
	};
	return [
		ours(
			OURS,
			{
				resource: 'lead',
				operation: 'create',
				firstName: 'Bulk',
				lastName: 'Lead',
				email: '={{ $json.email }}',
				additionalFields: { externalId: '={{ $json.id }}' },
			},
			credential,
		),
		node('HTTP Request, defaults', credential, httpRequest),
		{
			...node('HTTP Request, batches of 10 per 600 ms, 3 tries', credential, {
				...httpRequest,
				parameters: {
					...httpRequest.parameters,
					options: { batching: { batch: { batchSize: 10, batchInterval: 600 } } },
				},
			}),
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1000,
		},
	];
}

/** Items that can be told apart in the CRM, those of one run from those of every other. */
export function leads(run: string, count: number): Array<{ id: string; email: string }> {
	return Array.from({ length: count }, (_, index) => ({
		id: `${run}-${index}`,
		email: `${run}-${index}@bulk.example`,
	}));
}
