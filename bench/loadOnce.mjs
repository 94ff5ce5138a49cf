// Loads one package once with n8n's own loader and prints what that took and gave. Arguments: the package's folder, and if not
// all of its classes are to be loaded, a text in the paths of those that are. NODE_PATH names n8n's node_modules, as n8n itself
// sets it, so that packages find n8n-workflow in there.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const n8nModules = process.env.NODE_PATH;
const require = createRequire(join(n8nModules, 'n8n/package.json'));
require('reflect-metadata');
const { PackageDirectoryLoader } = require('n8n-core');

async function load(folder, part = '') {
	const loader = new PackageDirectoryLoader(folder);
	const { n8n } = loader.packageJson;
	for (const kind of ['nodes', 'credentials']) n8n[kind] = n8n[kind].filter((file) => file.includes(part));
	await loader.loadAll();
	return loader.types;
}

// A node that does nothing, so that the loader itself is loaded and warm.
await load(join(n8nModules, 'n8n-nodes-base'), '/NoOp/');

const [folder, part] = process.argv.slice(2);
const modules = () => Object.keys(require.cache).length;
const modulesBefore = modules();
// The processor's time: what else runs on the machine counts little.
const started = process.cpuUsage();
const { nodes, credentials } = await load(folder, part);
const { user, system } = process.cpuUsage(started);
const figures = {
	ms: (user + system) / 1000,
	nodes: nodes.length,
	credentials: credentials.length,
	modules: modules() - modulesBefore,
};
process.stdout.write(JSON.stringify(figures));
