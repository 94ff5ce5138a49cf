// Where deliveries may go (contract section 5): public HTTPS, and plain HTTP in development only.
import { BlockList, isIP } from 'node:net';

const privateAddresses = new BlockList();
for (const [net, bits] of [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.168.0.0', 16],
] as const) {
	privateAddresses.addSubnet(net, bits, 'ipv4');
}
privateAddresses.addAddress('::1', 'ipv6');
privateAddresses.addSubnet('fc00::', 7, 'ipv6');
privateAddresses.addSubnet('fe80::', 10, 'ipv6');

/**
 * Whether a subscription may have this target URL.
 * With `requirePublicHttps` a public HTTPS address; otherwise ("development") any HTTPS, or plain HTTP to this machine.
 */
export function isAllowedTarget(text: string, requirePublicHttps: boolean): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname } = new URL(text);
	const host = hostname.replace(/^\[|\]$/g, '');
	const isHttps = protocol === 'https:';
	if (requirePublicHttps) return isHttps && isPublic(host);
	return isHttps || (protocol === 'http:' && /^(localhost|127\..*|::1)$/.test(host));
}

function isPublic(host: string): boolean {
	const version = isIP(host);
	if (version !== 0) return !privateAddresses.check(host, version === 4 ? 'ipv4' : 'ipv6');
	return host.includes('.') && !/\.(local|localhost|internal)$/.test(host);
}
