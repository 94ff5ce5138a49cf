/**
 * One request to n8n, as `fetch` makes it, but on a connection of its own. n8n closes a kept one after five seconds of
 * silence: a program that was busy for so long would send on it and get no answer.
 */
export function ask(address: string | URL, init: RequestInit = {}): Promise<Response> {
	const headers = new Headers(init.headers);
	headers.set('connection', 'close');
	return fetch(address, { ...init, headers });
}
