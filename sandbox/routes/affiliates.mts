// Create and update affiliates (contract section 2).
import { notFound } from '../errors.mts';
import { type Affiliate, fullName } from '../store/model.mts';
import { defined, Fields } from './fields.mts';
import type { Crm, Route } from './route.mts';

/** The two actions on affiliates. */
export function affiliateRoutes(crm: Crm): Route[] {
	const { affiliates } = crm.store;
	return [
		{
			method: 'POST',
			path: '/api/v1/integrations/affiliates',
			scope: 'integrations:write',
			bucket: 'write',
			handle({ body }) {
				const fields = new Fields(body);
				const required = {
					email: fields.requiredEmail('email'),
					first_name: fields.requiredText('first_name'),
					last_name: fields.requiredText('last_name'),
				};
				const phone = fields.text('phone') ?? null;
				const affiliate_code = fields.text('affiliate_code') ?? null;
				fields.check();
				const affiliate_id = crm.store.nextId('affiliate');
				const created_utc = crm.store.utcNow();
				const affiliate: Affiliate = {
					affiliate_id,
					...required,
					phone,
					affiliate_code,
					approved: crm.dialect.newAffiliatesApproved,
					created_utc,
					updated_utc: created_utc,
					extra: fields.extra(),
				};
				affiliates.set(affiliate_id, affiliate);
				crm.raise('affiliate.created', {
					employee_id: affiliate_id,
					full_name: fullName(affiliate),
					email: affiliate.email,
					phone,
					is_approved_affiliate: affiliate.approved,
					created_date: created_utc,
				});
				return { status: 201, body: { affiliate_id, created_utc } };
			},
		},
		{
			method: 'PATCH',
			path: '/api/v1/integrations/affiliates/:affiliate_id',
			scope: 'integrations:write',
			bucket: 'write',
			handle({ params, body }) {
				const affiliate = affiliates.get(Number(params.affiliate_id));
				if (!affiliate) throw notFound('Affiliate');
				const fields = new Fields(body);
				const change = {
					...(fields.sent('email') && { email: fields.requiredEmail('email') }),
					...(fields.sent('first_name') && { first_name: fields.requiredText('first_name') }),
					...(fields.sent('last_name') && { last_name: fields.requiredText('last_name') }),
					...defined({ phone: fields.text('phone'), affiliate_code: fields.text('affiliate_code') }),
				};
				fields.check();
				const updated_utc = crm.store.utcNow();
				const extra = { ...affiliate.extra, ...fields.extra() };
				Object.assign(affiliate, change, { updated_utc, extra });
				const { affiliate_id } = affiliate;
				return { status: 200, body: { success: true, updated_utc, affiliate_id } };
			},
		},
	];
}
