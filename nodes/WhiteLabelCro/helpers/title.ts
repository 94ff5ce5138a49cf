/** A wire name as a person reads it: `client_id` as "Client ID". */
export function titleOf(field: string): string {
	const words = field.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
	return words.join(' ').replace(/\b(Id|Utc)\b/, (word) => word.toUpperCase());
}
