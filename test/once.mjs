// A module from node_modules/, as Node has it in its own registry: jest's, of each test file, has only a reference to it.
export default {
	process: () => ({ code: 'module.exports = requireOnce(__filename);' }),
};
