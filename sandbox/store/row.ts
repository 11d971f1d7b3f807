import { randomBytes } from 'node:crypto';

/** A record in DoorFlow's own field names. */
export type Row = Record<string, unknown> & { id: number };

/** Hashids of DoorFlow are short texts of letters and digits. */
export const hashid = (): string => randomBytes(9).toString('base64url').replace(/[-_]/g, 'x').slice(0, 8);
