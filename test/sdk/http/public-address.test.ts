import { describe, expect, it } from "vitest";
import { isPublicAddress } from "../../../src/sdk/http/public-address.ts";

/** Before, first, last, after. */
const RANGES: readonly (readonly [string | undefined, string, string, string | undefined])[] = [
  [undefined, "0.0.0.0", "0.255.255.255", "1.0.0.0"],
  ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
  ["100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"],
  ["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
  ["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
  ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
  ["191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"],
  ["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
  ["198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
  ["223.255.255.255", "224.0.0.0", "239.255.255.255", undefined],
  [undefined, "240.0.0.0", "255.255.255.255", undefined],
  [undefined, "::", "::ffff:ffff", "0:0:0:0:0:1::"],
  ["fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::"],
  ["fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::"],
  ["feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined],
  ["64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::", "64:ff9b::ffff:ffff", "64:ff9b::1:0:0"],
  ["64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:2::"],
  ["2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"],
  ["2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"],
];

describe("isPublicAddress", () => {
  it.each(RANGES)("knows where the private range ends: %s | %s – %s | %s", (before, first, last, after) => {
    const outside = [before, after].filter((address) => address !== undefined);

    expect([first, last].map(isPublicAddress)).toEqual([false, false]);
    expect(outside.filter((address) => !isPublicAddress(address))).toEqual([]);
  });

  it("judges an IPv4 address in IPv6's clothes by the rules for IPv4", () => {
    const inner = RANGES.flatMap(([before, first, last, after]) => [before, first, last, after])
      .filter((address) => address !== undefined)
      .filter((address) => address.includes("."));

    expect(inner.filter((address) => isPublicAddress(`::ffff:${address}`) !== isPublicAddress(address))).toEqual([]);
  });

  it.each(["", "localhost", "127.1", "fe80::1%eth0", "2606:4700::1%lo", "1.2.3.4 "])(
    "takes %j for no address",
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );

  it("takes the addresses of the web for public", () => {
    expect(["93.184.216.34", "8.8.8.8", "2606:4700::1111", "2a00:1450::5"].every(isPublicAddress)).toBe(true);
  });
});
