// A certificate that nobody has signed but itself, made by hand: Node can read certificates, but not make them.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** DER: a value behind its tag and its length. */
function der(tag: number, ...parts: Buffer[]): Buffer {
	const value = Buffer.concat(parts);
	const { length } = value;
	const size =
		length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));
const COMMON_NAME = objectId('550403');
const SUBJECT_ALT_NAME = objectId('551d11');
const MS_PER_DAY = 24 * 3600 * 1000;

/** A self-signed certificate for a host name, and for 127.0.0.1, and its private key, both as PEM; valid today. */
export function selfSigned(host: string): { cert: string; key: string } {
	const { privateKey, publicKey } = generateKeyPairSync('ec', {
		namedCurve: 'P-256',
		privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
		publicKeyEncoding: { type: 'spki', format: 'der' },
	});
	const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(host)))));
	const time = (days: number) => {
		const [date = '', clock = ''] = new Date(Date.now() + days * MS_PER_DAY).toISOString().split('T');
		return der(0x18, Buffer.from(`${date.replaceAll('-', '')}${clock.slice(0, 8).replaceAll(':', '')}Z`));
	};
	const names = sequence(der(0x82, Buffer.from(host)), der(0x87, Buffer.from([127, 0, 0, 1])));
	const extensions = sequence(sequence(SUBJECT_ALT_NAME, der(0x04, names)));
	const content = sequence(
		der(0xa0, der(0x02, Buffer.from([2]))),
		der(0x02, Buffer.from([1]), randomBytes(8)),
		ECDSA_WITH_SHA256,
		name,
		sequence(time(-1), time(1)),
		name,
		publicKey,
		der(0xa3, extensions),
	);
	const signature = sign('sha256', content, createPrivateKey(privateKey));
	const certificate = sequence(content, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
	const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n');
	return {
		cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
		key: privateKey,
	};
}
