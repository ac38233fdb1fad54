// node-postgres, with the statements prepared under their names, as its documentation advises for what runs often.
import pg from "pg";

const TIMESTAMPTZ = 1184;

// A Date would lose the microseconds, and costs more than the text that PostgreSQL sends in UTC.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11, -3)}Z`);

export const pool = new pg.Pool({
  ...connection(new URL(process.env.DATABASE_URL.replace("@/", "@localhost/"))),
  max: Number(process.env.POOL),
  min: Number(process.env.POOL),
  options: "-c jit=off -c max_parallel_workers_per_gather=0 -c timezone=UTC",
});

export async function fetch(name, text, values, client = pool) {
  return (await client.query({ name, text, values })).rows;
}

export function rowId(shown) {
  return shown.slice(shown.indexOf("_") + 1);
}

export function shownId(kind, id) {
  return `${kind}_${id.replaceAll("-", "")}`;
}

// The socket of the embedded server, or the host of another.
function connection(url) {
  return {
    host: url.searchParams.get("host") ?? url.hostname,
    port: Number(url.searchParams.get("port") ?? url.port) || 5432,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
}
