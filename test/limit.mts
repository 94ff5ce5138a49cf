// The time limit of every test and hook that sets no other.
import { jest } from '@jest/globals';
import { patience } from '../scripts/real-n8n/patience.mts';

/** What the slowest of them takes on a quiet machine at most. */
const TEST_MS = 10_000;

jest.setTimeout(patience(TEST_MS));
