// Runs the audits against the gateway at the address given, and prints their results as JSON.

import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);

// The gateway takes no GET without such a header, so that a page of another site cannot have a browser send one.
function fetchFn(input, init = {}) {
  const isGet = (init.method ?? "GET") === "GET";
  const headers = isGet ? { ...init.headers, "graphql-require-preflight": "1" } : init.headers;
  return fetch(input, { ...init, headers });
}

const results = await auditServer({ url, fetchFn });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
