// The order of the test files: those that take long begin first, so that the others run meanwhile.
import TestSequencer from '@jest/test-sequencer';

const FIRST =
	/([oO]utages|communityNodes|catchUp|twoProofs|sharedStaticData|republishing|e2e\/(polling|trigger))\.test\.mts$/;

export default class extends TestSequencer {
	sort(tests) {
		const sorted = super.sort(tests);
		const isFirst = ({ path }) => FIRST.test(path);
		return [...sorted.filter(isFirst), ...sorted.filter((test) => !isFirst(test))];
	}
}
