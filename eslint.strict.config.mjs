// The second lint: eslint-plugin-n8n-nodes-base as its own project configures it, and strict, type-aware rules over every file.
// The first lint is n8n's own (eslint.config.mjs), which n8n demands to stay as it was generated.
import js from '@eslint/js';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const off = (...names) => Object.fromEntries(names.map((name) => [`n8n-nodes-base/${name}`, 'off']));

/** What would outlive a call: a variable of a module that can be set, or an object that can be changed. */
const inModule = ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration';
const message = 'State lives in client/account.ts and webhook/monitor/registry.ts only.';
const moduleState = [
	{ selector: `${inModule}[kind!="const"]`, message },
	{ selector: `${inModule} > VariableDeclarator > NewExpression[callee.name!=/^(RegExp|Set)$/]`, message },
	{
		selector: `${inModule} > VariableDeclarator:not([id.typeAnnotation.typeAnnotation.typeName.name="ReadonlySet"]) > NewExpression[callee.name="Set"]`,
		message,
	},
];

export default tseslint.config(
	{ ignores: ['dist/**', 'node_modules/**'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	js.configs.recommended,
	{
		files: ['**/*.ts', '**/*.mts', 'sandbox/page/*.mjs'],
		extends: [tseslint.configs.strictTypeChecked],
		languageOptions: {
			parserOptions: {
				project: ['./tsconfig.tools.json', './sandbox/page/tsconfig.json'],
				tsconfigRootDir: import.meta.dirname,
			},
		},
		rules: {
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/switch-exhaustiveness-check': 'error',
			eqeqeq: ['error', 'always'],
		},
	},
	{
		files: ['credentials/**/*.ts', 'nodes/**/*.ts'],
		// The two homes of state (docs/architecture.md).
		ignores: ['nodes/WhiteLabelCro/client/account.ts', 'nodes/WhiteLabelCro/webhook/monitor/registry.ts'],
		rules: { 'no-restricted-syntax': ['error', ...moduleState] },
	},
	{
		files: ['**/*.{js,cjs}'],
		languageOptions: {
			sourceType: 'commonjs',
			globals: { require: 'readonly', module: 'writable', process: 'readonly' },
		},
	},
	{
		files: ['**/*.mjs'],
		languageOptions: { globals: { process: 'readonly' } },
	},
	// What a browser has is known to the compiler, which checks these files.
	{ files: ['sandbox/page/*.mjs'], rules: { 'no-undef': 'off' } },
	{ plugins: { 'n8n-nodes-base': n8nNodesBase } },
	{
		files: ['package.json'],
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		rules: { ...n8nNodesBase.configs.community.rules, 'no-unused-expressions': 'off' },
	},
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...n8nNodesBase.configs.credentials.rules,
			// The five rules below are the ones that n8n switches off for community packages in its own config.
			...off('cred-class-field-documentation-url-miscased', 'cred-class-field-type-options-password-missing'),
		},
	},
	{
		files: ['nodes/**/*.ts'],
		rules: {
			...n8nNodesBase.configs.nodes.rules,
			...off(
				'node-class-description-inputs-wrong-regular-node',
				'node-class-description-outputs-wrong',
				'node-param-type-options-max-value-present',
			),
		},
	},
);
