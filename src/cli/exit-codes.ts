import type { RunFailureKind } from "../run/failure-kind.ts";

/** What the process says at its end. Scripts rely on these numbers: they never change their meaning. */
export const EXIT = {
  ok: 0,
  /** The command line, the flow or the configuration is wrong. */
  usage: 1,
  /** Something outside failed; doing it again may succeed. */
  transient: 2,
  /** The data is not what it should be. */
  data: 3,
  /** Somebody pressed Ctrl-C. */
  interrupted: 130,
} as const;

export function exitCodeOf(failure: RunFailureKind): number {
  if (failure === "data") return EXIT.data;
  return failure === "transient" ? EXIT.transient : EXIT.usage;
}
