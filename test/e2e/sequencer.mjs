// The order of the end-to-end tests: those that wait for minutes begin first, so that the others run meanwhile.
import TestSequencer from '@jest/test-sequencer';

const FIRST = /(outages|communityNodes|catchUp|twoProofs|sharedStaticData)\.test\.mts$/;

export default class extends TestSequencer {
	sort(tests) {
		const sorted = super.sort(tests);
		const isFirst = ({ path }) => FIRST.test(path);
		return [...sorted.filter(isFirst), ...sorted.filter((test) => !isFirst(test))];
	}
}
