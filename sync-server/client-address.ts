import { ConfigurationError } from "../src/errors";
import { parseAddress, parseNetwork } from "../src/engine/cidr";
import type { HandlerOptions } from "./options";

/** What the server that took the connection knows; a `Request` does not say. */
const addresses = new WeakMap<Request, string>();

/** Notes the address that a request's connection comes from. */
export function noteAddress(request: Request, address: string | undefined): void {
  if (address !== undefined) addresses.set(request, address);
}

/**
 * Whether a request comes from an address that admins may come from; where no list is given, every address is. One that is
 * not known is none of them.
 *
 * @throws ConfigurationError for a list that holds something else than addresses and networks
 */
export function createAddressCheck({ adminIPAllowlist, clientIp }: HandlerOptions): (request: Request) => boolean {
  const networks = adminIPAllowlist?.map((text, n) => {
    const network = parseNetwork(text);
    if (network === undefined) throw new ConfigurationError(`adminIPAllowlist[${n}]: "${text}" is no address and no network.`);
    return network;
  });
  if (!networks) return () => true;
  return (request) => {
    const address = parseAddress(clientIp ? clientIp(request) : addresses.get(request));
    return address !== undefined && networks.some((network) => address.startsWith(network));
  };
}
