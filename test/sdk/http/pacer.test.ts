import { describe, expect, it } from "vitest";
import { Pacer } from "../../../src/sdk/http/pacer.ts";

const EXPORTS = {
  name: "exports",
  requests: 3,
  perMs: 60_000,
  counts: ({ pathname }: URL) => pathname.startsWith("/export"),
};
const EXPORT = { method: "GET", url: new URL("https://example.com/export/a") } as const;
const OTHER = { method: "GET", url: new URL("https://example.com/list") } as const;

/** When each of `count` requests is sent that are sent as soon as they may be. */
function send(pacer: Pacer, count: number, from = 0): number[] {
  const sent: number[] = [];
  let now = from;
  while (sent.length < count) {
    const wait = pacer.take(EXPORT, now);
    if (wait === 0) sent.push(now);
    now += wait;
  }
  return sent;
}

describe("Pacer", () => {
  it("lets through what a limit allows in any stretch of its length, and no more", () => {
    expect(send(new Pacer([EXPORTS]), 7)).toEqual([0, 0, 0, 60_000, 60_000, 60_000, 120_000]);
  });

  it("holds nothing back that does not count", () => {
    const pacer = new Pacer([EXPORTS]);
    send(pacer, 3);

    expect(pacer.take(OTHER, 0)).toBe(0);
    expect(pacer.take(EXPORT, 0)).toBe(60_000);
  });

  it("counts what others have used up", () => {
    const pacer = new Pacer([EXPORTS]);
    send(pacer, 1);
    pacer.learn([{ name: "exports", remaining: 1, resetsInMs: 60_000 }], 10_000);

    expect(send(pacer, 3, 10_000)).toEqual([10_000, 60_000, 70_000]);
  });

  it("waits until the reset when nothing is left", () => {
    const pacer = new Pacer([EXPORTS]);
    pacer.learn([{ name: "exports", remaining: 0, resetsInMs: 17_000 }], 1000);

    expect(send(pacer, 1, 1000)).toEqual([18_000]);
    expect(pacer.take(OTHER, 1000)).toBe(0);
  });

  it("takes over a limit that is another one than the vendor documents", () => {
    const pacer = new Pacer([EXPORTS]);
    pacer.learn([{ name: "exports", remaining: 5, resetsInMs: 60_000, requests: 5 }], 0);

    expect(send(pacer, 6)).toEqual([0, 0, 0, 0, 0, 60_000]);
  });

  it("holds back all requests while the account has nothing left, and those of a limit that was exceeded", () => {
    const pacer = new Pacer([EXPORTS]);
    pacer.block(EXPORT, 5000);
    expect([pacer.take(EXPORT, 0), pacer.take(OTHER, 0)]).toEqual([5000, 0]);

    pacer.learn([{ name: "", remaining: 0, resetsInMs: 9000 }], 0);
    expect([pacer.take(EXPORT, 0), pacer.take(OTHER, 0)]).toEqual([9000, 9000]);
  });
});
