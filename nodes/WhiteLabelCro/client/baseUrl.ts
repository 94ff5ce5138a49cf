export const DEFAULT_BASE_URL = 'https://api.whitelabelcro.com';

/** Whether a URL points to this machine: plain HTTP shows nobody the key then. */
export function isLoopback({ hostname }: URL): boolean {
	return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

const PRIVATE_HOSTS = [
	/^(10\.\d+|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|0\.0)\.\d+\.\d+$/,
	/^\[(f[cd]|fe80:)/,
	/(^|\.)(localhost|local|internal|lan|home\.arpa)$/,
];

/** Whether a server on the internet could reach a URL, as far as the URL tells: HTTPS, and no address of a private network. */
export function isPublicHttps(url: URL): boolean {
	const isPrivate = PRIVATE_HOSTS.some((form) => form.test(url.hostname));
	return url.protocol === 'https:' && !isLoopback(url) && !isPrivate;
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
			"The credential's 'Base URL' is not a web address. Enter it with its scheme, e.g. https://api.whitelabelcro.com",
		);
	}
	const url = new URL(text);
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
		throw new Error(
			"The credential's 'Base URL' must begin with https:// so that nobody on the way can read the API key. Plain http:// works for localhost only.",
		);
	}
	return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}
