'use strict';

const { execFile } = require('node:child_process');
const { existsSync } = require('node:fs');
const { rm } = require('node:fs/promises');
const { promisify } = require('node:util');
const { dest, parallel, series, src, watch } = require('gulp');

const SOURCES = ['credentials/**/*.ts', 'nodes/**/*.ts'];
const ASSETS = ['icons/**/*.svg', 'nodes/**/*.{json,svg}'];

function clean() {
	return rm('dist', { recursive: true, force: true });
}

async function compile() {
	await promisify(execFile)(process.execPath, [
		require.resolve('typescript/bin/tsc'),
		'-p',
		'tsconfig.json',
	]).catch((error) => {
		throw new Error(`The TypeScript compiler found errors:\n${error.stdout ?? error.message}`);
	});
}

/** Icons, codex files (`*.node.json`) and output schemas (`__schema__`) keep their place beside the compiled classes. */
function copyAssets() {
	return src(ASSETS, { base: '.', encoding: false }).pipe(dest('dist'));
}

/** n8n skips a class whose file is missing without a word to the user, so a build that lacks one must fail here. */
async function verify() {
	const { n8n, main } = require('./package.json');
	const promised = [
		main,
		...n8n.credentials,
		...n8n.nodes,
		...n8n.nodes.map((file) => file.replace(/\.js$/, '.json')),
	];
	const missing = promised.filter((file) => !existsSync(file));
	if (missing.length > 0)
		throw new Error(`package.json promises files that the build did not make: ${missing.join(', ')}`);
}

const make = series(clean, parallel(compile, copyAssets), verify);
/** Whoever has built already, and still uses that, sets KEEP_BUILD: CI does. */
const build = process.env.KEEP_BUILD ? verify : make;

function dev() {
	return watch([...SOURCES, ...ASSETS], { ignoreInitial: false }, make);
}

module.exports = { build, dev, default: build };
