/** A kind of problem: what a `code` means. */
export interface ProblemKind<Code extends string = string> {
  /** Stable, for programs. */
  readonly code: Code;
  /** The HTTP status. */
  readonly status: number;
  /** The same for every problem of the kind. */
  readonly title: string;
  /** What the client can do about it. */
  readonly advice: string;
}

/** Gives each kind its key as its code. */
export const problemKinds = <Code extends string>(
  kinds: Readonly<Record<Code, Omit<ProblemKind, 'code'>>>,
): { readonly [Key in Code]: ProblemKind<Key> } =>
  Object.fromEntries(
    Object.entries<Omit<ProblemKind, 'code'>>(kinds).map(([code, kind]) => [code, { code, ...kind }]),
  ) as { readonly [Key in Code]: ProblemKind<Key> };
