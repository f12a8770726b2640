import { CAMPAIGNS } from "./campaigns.ts";
import type { CampaignName, Point } from "./campaigns.ts";

export interface Searched {
  readonly histories: number;
  readonly calls: number;
  /** How many of them met something else than their answer. */
  readonly faults: number;
  readonly published: number;
  readonly aborted: number;
  readonly cancelled: number;
  /** Changes of what is stored that were found to be steps of the model. */
  readonly steps: number;
  /** What is wrong: how to see it again, and what happened. */
  readonly wrong: readonly string[];
}

/** More of it tells nothing new. */
const MOST_WRONG = 3;

/** Looks at all histories of these seeds, until too many are wrong. */
export async function search(name: CampaignName, seeds: Iterable<number>, point: Point = {}): Promise<Searched> {
  const total = { histories: 0, calls: 0, faults: 0, published: 0, aborted: 0, cancelled: 0, steps: 0 };
  const wrong: string[] = [];
  for (const seed of seeds) {
    for await (const history of CAMPAIGNS[name].cases(seed, point)) {
      const found = await history.run(false);
      total.histories++;
      for (const each of ["calls", "faults", "published", "aborted", "cancelled"] as const) total[each] += found[each];
      total.steps += found.steps ?? 0;
      if (found.wrong === undefined) continue;
      const { trace } = await history.run(true);
      wrong.push([found.wrong, `npm run sim -- ${name} ${history.flags}`, ...trace].join("\n"));
      if (wrong.length === MOST_WRONG) return { ...total, wrong };
    }
  }
  return { ...total, wrong };
}

/** `first`, and so many more. */
export function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed++) yield seed;
}
