/** Removes what an error must never show: keys, and the addresses and phone numbers of people, which vendors like to echo. */
export function redact(text: string, apiKey = ''): string {
	return (apiKey === '' ? text : text.replaceAll(apiKey, '[API key]'))
		.replace(/wlcro_[\w-]+/g, '[API key]')
		.replace(/[^\s"'<>:,;]+@[^\s"'<>,;]+\.[^\s"'<>,;.]+/g, '[email]')
		.replace(/\+?\d[\d\s().-]{8,}\d/g, '[number]');
}
