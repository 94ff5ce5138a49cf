// The floors of docs/architecture.md, from the ground up. A file imports from its own room and from the floors below.
const FLOORS = [
	['helpers'],
	['contract'],
	['client'],
	['api'],
	['events'],
	['webhook', 'polling'],
	['actions', 'methods'],
];
const NODES = '^nodes/WhiteLabelCro';
const inRooms = (rooms) => `${NODES}/(${rooms.join('|')})/`;

module.exports = {
	forbidden: [
		{ name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
		...FLOORS.flatMap((rooms, floor) => [
			{
				name: `${rooms.join('-')}-import-no-room-above`,
				severity: 'error',
				from: { path: inRooms(rooms) },
				to: { path: [`${NODES}/[^/]+$`, ...FLOORS.slice(floor + 1).map(inRooms)] },
			},
			{
				name: `${rooms.join('-')}-import-no-room-beside`,
				severity: 'error',
				from: { path: inRooms(rooms) },
				to: { path: inRooms(rooms), pathNot: `${NODES}/$1/` },
			},
		]),
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsConfig: { fileName: 'tsconfig.json' },
		tsPreCompilationDeps: true,
	},
};
