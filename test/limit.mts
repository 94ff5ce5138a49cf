// The time limit of every test and hook that sets no other.
import { jest } from '@jest/globals';
import { patience } from '../scripts/real-n8n/patience.mts';

/** What the slowest of them takes on a quiet machine: the node looks for a creation whose answer was lost for twelve seconds. */
const TEST_MS = 30_000;

jest.setTimeout(patience(TEST_MS));
