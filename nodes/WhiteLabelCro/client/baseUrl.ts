export const DEFAULT_BASE_URL = 'https://api.whitelabelcro.com';

/** Whether a URL points to this machine: plain HTTP shows nobody the key then. */
export function isLoopback({ hostname }: URL): boolean {
	return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** What nobody on the internet can reach, by what the RFCs reserve and what home routers use. */
const PRIVATE_HOSTS = [
	// 100.64 to 100.127 is between a provider and its customers, and Tailscale's.
	/^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/,
	/^\[(::1?|f[cd].*|fe[89ab].*)\]$/,
	/(^|\.)(localhost|local|localdomain|internal|lan|home\.arpa|test|example|invalid)$/,
	// A name without a dot is one of the own network.
	/^[^.[]+$/,
];

/** Whether a server on the internet could reach a URL, as far as the URL tells: HTTPS, and no address of a private network. */
export function isPublicHttps({ protocol, hostname }: URL): boolean {
	const host = unmapped(hostname.replace(/\.$/, ''));
	return protocol === 'https:' && !PRIVATE_HOSTS.some((form) => form.test(host));
}

/** An IPv4 address that is written as one of IPv6, which a URL has in two groups of hexadecimal digits. */
function unmapped(host: string): string {
	const [, high, low] = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(host) ?? [];
	if (high === undefined || low === undefined) return host;
	return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]).join('.');
}

/**
 * The credential's Base URL as `https://host[:port][/path]`, without a trailing slash.
 * A pasted `/api/v1` at its end is dropped, since every path brings its own.
 * @throws Error with a sentence for the user if it is no URL, or would send the key in the clear.
 */
export function normalizeBaseUrl(raw: unknown): string {
	const text = typeof raw === 'string' && raw.trim() !== '' ? raw.trim() : DEFAULT_BASE_URL;
	if (!URL.canParse(text)) {
		throw new Error(
			"The credential's 'Base URL' is not a web address. Enter all of it, including https://, e.g. https://api.whitelabelcro.com",
		);
	}
	const url = new URL(text);
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
		throw new Error(
			"The credential's 'Base URL' must start with https:// so that nobody along the way can read the API key. Plain http:// works for localhost only.",
		);
	}
	return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}
