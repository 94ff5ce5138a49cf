// Every field of a collection has its name on the wire, and whatever holds an ID or an email address says so.
import { expect, it } from '@jest/globals';
import type { INodeProperties } from 'n8n-workflow';

import { resources } from '../../nodes/WhiteLabelCro/actions/resources.ts';
import { WIRE_FIELDS, formTitle } from '../../nodes/WhiteLabelCro/actions/shared/wireFields.ts';

const fields = resources
	.flatMap(({ operations }) => operations)
	.flatMap(({ properties }) => properties)
	.filter(({ type }) => type === 'collection')
	.flatMap(({ options = [] }) => options as INodeProperties[])
	.filter(({ name }) => !name.startsWith('extraFields'));

it('every field of a collection has a row, and every row is of such a field', () => {
	const names = new Set(fields.map(({ name }) => name));
	expect([...names].sort()).toEqual(Object.keys(WIRE_FIELDS).sort());
});

it('a field that is chosen from a list by its ID, or is called an ID of the CRM, holds one', () => {
	const isId = ({ modes, displayName }: INodeProperties) =>
		modes?.some(({ name }) => name === 'id') === true || /^(Affiliate|Client|Lead) ID$/.test(displayName);
	const holding = Object.keys(WIRE_FIELDS).filter((name) => WIRE_FIELDS[name]?.holds === 'id');
	expect(holding.sort()).toEqual([...new Set(fields.filter(isId).map(({ name }) => name))].sort());
});

const propertiesOf = (resource: string, operation: string) =>
	resources.find(({ value }) => value === resource)?.operations.find(({ value }) => value === operation)
		?.properties ?? [];

it.each([
	['lead', 'update', 'zip', 'ZIP'],
	['lead', 'update', 'employee_id', 'Employee'],
	['lead', 'update', 'EmployeeId', 'Employee'],
	['lead', 'update', 'body.first_name', 'First Name'],
	['lead', 'update', '/client_id', 'Lead'],
	['lead', 'find', 'client_id', 'Lead ID'],
	['client', 'find', '$.client_id', 'Client ID'],
	['client', 'updateStatus', 'new_status', 'New Status'],
	['note', 'create', 'text', 'Text'],
	['affiliate', 'find', 'name', 'Full Name'],
	['lead', 'create', 'source', undefined],
	['lead', 'create', '', undefined],
])('in %s/%s, what the wire calls %s is called %s', (resource, operation, field, title) => {
	expect(formTitle(propertiesOf(resource, operation), field)).toBe(title);
});
