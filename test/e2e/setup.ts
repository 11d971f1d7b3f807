import { HANGS_MS } from '../../harness/n8n';

// Longer than any wait in a test, so that what was waited for in vain is named.
jest.setTimeout(3 * HANGS_MS);
