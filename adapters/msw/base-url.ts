import { ConfigurationError } from "../../src/errors";

/** Where a mock answers. */
export interface Base {
  /** Without a slash at its end; the server's base path. */
  readonly pathname: string;
  /** Matches every address below it. */
  readonly below: RegExp;
}

/** @throws ConfigurationError for what is neither a path nor an address */
export function readBaseUrl(baseUrl: string): Base {
  const isPath = typeof baseUrl === "string" && /^\/(?!\/)/.test(baseUrl);
  const url = typeof baseUrl === "string" && (isPath || /^https?:\/\//.test(baseUrl)) && parse(baseUrl);
  if (!url) throw new ConfigurationError("baseUrl: must be a path, as /api/rollease, or an http(s) address.");
  if (url.search || url.hash) throw new ConfigurationError("baseUrl: must have neither a query nor a fragment.");
  const pathname = url.pathname.replace(/\/+$/, "");
  const origin = isPath ? "https?://[^/]+" : escape(url.origin);
  return { pathname, below: new RegExp(`^${origin}${escape(pathname)}/`) };
}

function parse(text: string): URL | undefined {
  return URL.canParse(text, "http://localhost") ? new URL(text, "http://localhost") : undefined;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
