// Where n8n is reached from outside: requests to the address of a trigger get to that trigger.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { inAnotherProcess } from './engine.mts';
import type { Trigger } from './trigger.mts';

export interface Address {
	url: string;
	/** The triggers of this n8n. */
	triggers: Set<Trigger>;
	/** Whether another process of this n8n receives what comes in, as in queue mode: this one remembers nothing of it. */
	isOfAnotherProcess: boolean;
	/** What answers in n8n's place, if something does. */
	instead?: (request: IncomingMessage, response: ServerResponse) => void;
	/** How many requests came. */
	requests: number;
}

/** Opens an address that lasts as long as the process. */
export async function openAddress(): Promise<Address> {
	const server = createServer((request, response) => {
		address.requests += 1;
		if (address.instead !== undefined) address.instead(request, response);
		else void answer(address, request, response);
	});
	server.listen(0, '127.0.0.1').unref();
	await once(server, 'listening');
	const address: Address = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		triggers: new Set(),
		requests: 0,
		isOfAnotherProcess: false,
	};
	return address;
}

async function answer(
	{ triggers, isOfAnotherProcess }: Address,
	request: IncomingMessage,
	response: ServerResponse,
) {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const trigger = [...triggers].findLast((each) => new URL(each.url()).pathname === request.url);
	if (trigger === undefined) response.writeHead(404).end();
	else {
		const delivery = { headers: request.headers as Record<string, string>, rawBody: Buffer.concat(chunks) };
		const receive = async () => {
			await trigger.deliver(delivery, { response });
		};
		if (isOfAnotherProcess) await inAnotherProcess(receive);
		else await receive();
	}
}

/** Nobody answers. */
export function nobody(request: IncomingMessage): void {
	request.socket.destroy();
}
