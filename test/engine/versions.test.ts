import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countVersions, unionOfVersions, VersionList, VersionSet } from "../../src/engine/versions.ts";

/** A version has one time. */
const versions = fc.array(
  fc.string({ maxLength: 3 }).map((name) => [name, (name.length * 3) % 7] as const),
  { maxLength: 50 },
);

describe("versions", () => {
  it("are found again, and no others", () => {
    fc.assert(
      fc.property(versions, fc.array(fc.string()), (added, others) => {
        const set = new VersionSet(listOf(added));

        expect(added.every(([name]) => set.has(name))).toBe(true);
        const names = new Set(added.map(([name]) => name));
        for (const other of others) expect(set.has(other)).toBe(names.has(other));
      }),
    );
  });

  it("are the same bytes in whatever order, and however often, they come", () => {
    fc.assert(
      fc.property(versions, fc.array(fc.nat()), (added, again) => {
        const more = again.flatMap((place) => (added.length === 0 ? [] : [added[place % added.length]!]));

        expect(listOf([...added, ...more].toReversed())).toEqual(listOf(added));
      }),
    );
  });

  it("of several lists together are each of them once, those with a later time only", () => {
    fc.assert(
      fc.property(fc.array(versions), fc.integer({ min: -6, max: 6 }), (lists, after) => {
        const union = unionOfVersions(lists.map(listOf), after);

        const later = [...new Map(lists.flat())].filter(([, time]) => time > after);
        expect(countVersions(union)).toBe(later.length);
        const set = new VersionSet(union);
        expect(later.every(([name]) => set.has(name))).toBe(true);
      }),
    );
  });

  it("are refused when they are too many to be held by every run, with what to do", () => {
    const many = Buffer.alloc(5_000_001 * 24);
    for (let i = 0; i < 5_000_001; i++) many.writeUInt32BE(i, i * 24);

    expect(() => unionOfVersions([many], -1)).toThrow(/More than 5000000 records .* Shorten the connector's lookback/);
  });
});

function listOf(added: readonly (readonly [name: string, time: number])[]): Buffer {
  const list = new VersionList();
  for (const [name, time] of added) list.add(name, time);
  return list.bytes();
}
