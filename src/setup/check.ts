/** From harmless to harmful. */
export const CHECK_STATUSES = ['ok', 'warning', 'failed'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

/** One thing that must be right before live calls. */
export interface Check {
  /** What was checked: `redis`, `signalwire`, `signing_key`, `clock`, `public_url`, `fallback_url`. */
  readonly name: string;
  /** Of which project; null if it concerns all. */
  readonly project: string | null;
  readonly status: CheckStatus;
  /** What was found. */
  readonly message: string;
  /** What to do; null if nothing. */
  readonly advice: string | null;
}

/** A check before it has a name. */
export type Finding = Pick<Check, 'status' | 'message' | 'advice'>;

export const ok = (message: string): Finding => ({ status: 'ok', message, advice: null });
export const warning = (message: string, advice: string): Finding => ({ status: 'warning', message, advice });
export const failed = (message: string, advice: string): Finding => ({ status: 'failed', message, advice });

/** As bad as the worst of them. */
export const worstOf = (checks: readonly Pick<Check, 'status'>[]): CheckStatus =>
  CHECK_STATUSES.findLast((status) => checks.some((check) => check.status === status)) ?? 'ok';
