// Subscribes with graphql-ws or graphql-sse, and prints each thing that the client reports as a line of JSON.

import { createClient as createStreams } from "graphql-sse";
import { createClient as createSockets } from "graphql-ws";
import WebSocket from "ws";

const [transport, url, token, query, variables] = process.argv.slice(2);
const authorization = `Bearer ${token}`;

function report(kind, value) {
  console.log(JSON.stringify({ kind, value }));
}

function openClient() {
  if (transport === "graphql-sse") {
    return createStreams({ url, headers: { authorization }, retryAttempts: 1000, retry: () => pause(200) });
  }
  return createSockets({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 1000,
    retryWait: () => pause(200),
    shouldRetry: (event) => event.code === 1001 || event.code === undefined || event.code === 1006,
    on: { closed: (event) => report("closed", { code: event.code, reason: event.reason }) },
  });
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

openClient().subscribe(
  { query, variables: JSON.parse(variables) },
  {
    next: (value) => report("next", value),
    error: (error) => report("error", error instanceof Error ? error.message : (error.reason ?? error)),
    complete: () => {
      report("complete", null);
      process.exit(0);
    },
  },
);
