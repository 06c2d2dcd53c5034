import { expect, test } from "vitest";
import { parseAddress, parseNetwork } from "../../src/engine/cidr";
import { holds } from "./definitions";

test.each([
  ["10.0.0.0/8", "10.255.255.255", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.4", false],
  ["10.1.2.3/32", "10.1.2.3", true],
  ["192.168.1.77/24", "192.168.1.1", true],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "::1", false],
  ["172.16.0.0/12", "172.31.255.255", true],
  ["172.16.0.0/12", "172.32.0.0", false],
  ["10.0.0.0/8", "::ffff:10.1.2.3", true],
  ["10.0.0.0/8", "::FFFF:10.1.2.3", true],
  ["::ffff:10.0.0.0/8", "10.1.2.3", true],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["2001:0DB8:0000::/32", "2001:db8::", true],
  ["::/0", "2001:db8::1", true],
  ["::/0", "10.0.0.1", false],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["fe80::/10", "febf::1", true],
  ["fe80::/10", "fec0::1", false],
  ["2001:db8::1/127", "2001:db8::", true],
])("%s holds %s: %s", (network, ip, expected) => {
  expect(holds({ dimension: "ip", op: "cidr", value: network }, { ip })).toBe(expected);
});

test.each([
  "10.0.0",
  "10.0.0.256",
  "10.0.0.01",
  "10.0.0.0.1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1::2::3",
  "1:2:3:4:5:6:7::8",
  ":1:2:3:4:5:6:7",
  "12345::",
  "g::1",
  "1:::2",
  ":",
  "",
  "fe80::1%eth0",
  undefined,
  10,
])("%j is no address", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "/8", "10.0.0.0/08x", {}])(
  "%j is no network",
  (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  },
);
