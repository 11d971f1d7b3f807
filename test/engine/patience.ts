import { setSafeRegexEngine } from 'n8n-workflow';

import { PATIENT } from '../../harness/patience';

setSafeRegexEngine(PATIENT);
