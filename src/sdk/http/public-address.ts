import { BlockList, isIP } from "node:net";

/**
 * True for an address that anybody may call. False for this machine, the network it is in, its cloud's metadata, and what
 * can be a way to them (IANA's special-purpose registries, https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry). False for anything that is not an address.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  // An IPv4 address in IPv6's clothes (::ffff:0:0/96) is judged by the rules for IPv4.
  return family !== 0 && !address.includes("%") && !PRIVATE.check(address, family === 4 ? "ipv4" : "ipv6");
}

const RANGES: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared by a provider's customers
  ["127.0.0.0", 8], // this machine
  ["169.254.0.0", 16], // this link, and the metadata of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
  ["::", 96], // unspecified, this machine, and a deprecated way to write IPv4 addresses
  ["fc00::", 7], // private
  ["fe80::", 10], // this link
  ["ff00::", 8], // multicast
  ["64:ff9b::", 96], // NAT64: an IPv4 address
  ["64:ff9b:1::", 48], // NAT64 of a network's own
  ["2002::", 16], // 6to4: an IPv4 address
  ["2001::", 32], // Teredo: an IPv4 address
];

const PRIVATE = blockListOf(RANGES);

function blockListOf(ranges: typeof RANGES): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, isIP(network) === 4 ? "ipv4" : "ipv6");
  return list;
}
