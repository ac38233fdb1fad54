// How the page asks the gateway, and as whom. Shared by the bundled page and the one from the CDN, so it imports nothing.

const ENDPOINT = "/graphql";
const SETTINGS = "/graphiql/settings.json";

// Half a minute and more for a gateway that is started again.
const ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 5000;
const FORBIDDEN = 4403;

const IDS = "{ viewer { account { id } } products { id code } }";
const PRODUCT = "MITEL_ONE";

/**
 * Reads the page's settings and makes the function that GraphiQL asks with.
 *
 * A request whose headers give no authorization is sent with the demo's token, where the gateway hands one out. That token
 * is kept out of the headers editor: it lasts 15 minutes and the page is open all day, so it is renewed behind the scenes.
 * `{"authorization": null}` in the editor asks without any token.
 *
 * @param createClient graphql-ws's function of this name
 */
export async function openSession(createClient) {
  let settings = await readSettings();

  /** Whether a request with these headers is sent with the demo's token. */
  function isDemo(headers) {
    return Boolean(settings.demoToken) && !("authorization" in headers);
  }

  /** The headers to send; `fresh` asks for a new demo token first. */
  async function signed(headers, fresh) {
    if ("authorization" in headers) return withoutNulls(headers);
    if (fresh) settings = await readSettings();
    return isDemo(headers) ? { ...headers, authorization: `Bearer ${settings.demoToken}` } : headers;
  }

  async function query(params, headers) {
    const answer = await post(params, await signed(headers, false));
    // Refused as a whole, so that asking again can do nothing twice.
    return isDemo(headers) && isUnauthenticated(answer) ? post(params, await signed(headers, true)) : answer;
  }

  function subscribe(params, headers) {
    return {
      subscribe(sink) {
        const client = createClient({
          url: socketUrl(),
          // Asked for at each connection: a socket that is closed because its token ran out comes back with a fresh one.
          connectionParams: async () => {
            const { authorization } = await signed(headers, true);
            return authorization ? { authorization } : {};
          },
          retryAttempts: ATTEMPTS,
          retryWait: (attempt) => pause(Math.min(1000 * 2 ** attempt, LONGEST_PAUSE_MS)),
          // Only the demo's token gets better by asking again.
          shouldRetry: ({ code }) => code !== FORBIDDEN || isDemo(headers),
        });
        return { unsubscribe: client.subscribe(params, { ...sink, error: (error) => fail(sink, error) }) };
      },
    };
  }

  function fetcher(params, { headers, documentAST } = {}) {
    const ask = isSubscription(documentAST, params.operationName) ? subscribe : query;
    return ask(params, lowerCased(headers ?? {}));
  }

  /** The ids that some examples take, as text for the editor. They differ in every database. */
  async function findIds() {
    const { data } = await query({ query: IDS }, {});
    const product = data?.products.find(({ code }) => code === PRODUCT);
    return data && JSON.stringify({ account: data.viewer.account.id, product: product?.id }, null, 2);
  }

  const hasDemoToken = Boolean(settings.demoToken);
  const ids = hasDemoToken ? await findIds() : undefined;
  const tabs = settings.examples.map((query) => (query.includes("ID!") ? { query, variables: ids } : { query }));
  return { tabs, hasDemoToken, fetcher };
}

/** Says in place of GraphiQL why it cannot begin, as when the database is away. */
export function tellWhyNot(place, error) {
  place.textContent = `GraphiQL cannot begin: ${error.message}. Load the page again in a moment.`;
}

async function readSettings() {
  const response = await fetch(SETTINGS);
  if (!response.ok) throw new Error(`${SETTINGS} answered ${response.status}`);
  return response.json();
}

async function post(params, headers) {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify(params),
  });
  return response.json();
}

function isUnauthenticated(answer) {
  return !answer.data && answer.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED");
}

function isSubscription(document, name) {
  const operations = document?.definitions.filter(({ kind }) => kind === "OperationDefinition") ?? [];
  const chosen = operations.length === 1 ? operations[0] : operations.find((one) => one.name?.value === name);
  return chosen?.operation === "subscription";
}

function socketUrl() {
  const url = new URL(ENDPOINT, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

/** Shows GraphQL errors as a query would, and says in words why a socket was closed. */
function fail(sink, error) {
  if (Array.isArray(error)) {
    sink.next({ errors: error });
    sink.complete();
  } else if (error instanceof CloseEvent) {
    sink.error(new Error(`The socket was closed: ${error.code} ${error.reason}`.trim()));
  } else if (error instanceof Event) {
    sink.error(new Error("The gateway cannot be reached."));
  } else {
    sink.error(error);
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function lowerCased(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function withoutNulls(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null));
}
