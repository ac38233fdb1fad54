// Many subscriptions in one process, over graphql-transport-ws on plain sockets, so that reading costs little.
// The first line of its input is {ports, count, init, payload}. It prints {"opened"} when all are subscribed; for each
// further line it prints {"events"}: revision and time in ms (of the monotonic clock) of each event since the last.
import { createInterface } from "node:readline";
import { connect } from "node:net";

const AT_ONCE = 50;
const UPGRADE = [
  "GET /graphql HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: graphql-transport-ws",
  "\r\n",
].join("\r\n");
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10];

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const asked = JSON.parse((await input.next()).value);
let events = [];
let lost = 0;

// A mask of zeros is a mask, and leaves the bytes as they are.
function frame(opcode, text) {
  const payload = Buffer.from(text);
  const long = payload.length > 125;
  const head = long
    ? [0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255]
    : [0x80 | opcode, 0x80 | payload.length];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

function subscribe(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let rest = Buffer.alloc(0);
    let upgraded = false;
    socket.write(UPGRADE);
    socket.on("error", reject);
    socket.on("close", () => {
      lost += 1;
      reject(new Error("The server closed the connection."));
    });
    socket.on("data", (chunk) => {
      rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      if (!upgraded) {
        const split = rest.indexOf("\r\n\r\n");
        if (split < 0) return;
        if (!rest.toString("latin1", 0, 12).includes("101")) {
          reject(new Error(rest.toString("latin1", 0, 300)));
          return;
        }
        upgraded = true;
        rest = rest.subarray(split + 4);
        socket.write(frame(TEXT, JSON.stringify({ type: "connection_init", payload: asked.init })));
      }
      rest = readFrames(rest, (opcode, payload) => {
        if (opcode === PING) socket.write(frame(PONG, payload));
        else if (opcode === CLOSE) reject(new Error(`Closed: ${payload.subarray(2)}`));
        else if (opcode === TEXT) receive(socket, payload.toString("latin1"), resolve, reject);
      });
    });
  });
}

function readFrames(bytes, take) {
  let from = 0;
  while (bytes.length - from >= 2) {
    let [length, start] = [bytes[from + 1] & 127, from + 2];
    if (length === 126) {
      if (bytes.length < from + 4) break;
      [length, start] = [bytes.readUInt16BE(from + 2), from + 4];
    } else if (length === 127) {
      if (bytes.length < from + 10) break;
      [length, start] = [Number(bytes.readBigUInt64BE(from + 2)), from + 10];
    }
    if (bytes.length < start + length) break;
    take(bytes[from] & 15, bytes.subarray(start, start + length));
    from = start + length;
  }
  return bytes.subarray(from);
}

function receive(socket, text, resolve, reject) {
  const revision = /"revision": ?(\d+)/.exec(text);
  if (revision) {
    events.push([Number(revision[1]), Number(process.hrtime.bigint()) / 1e6]);
  } else if (text.includes('"connection_ack"')) {
    socket.write(frame(TEXT, JSON.stringify({ id: "1", type: "subscribe", payload: asked.payload })));
    resolve();
  } else if (text.includes('"ping"')) {
    socket.write(frame(TEXT, JSON.stringify({ type: "pong" })));
  } else if (text.includes('"error"')) {
    reject(new Error(text));
  }
}

try {
  for (let opened = 0; opened < asked.count; opened += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, asked.count - opened) }, (_, place) =>
      subscribe(asked.ports[(opened + place) % asked.ports.length]),
    );
    await Promise.all(some);
  }
} catch (error) {
  console.log(JSON.stringify({ failed: String(error.message) }));
  process.exit(1);
}
console.log(JSON.stringify({ opened: asked.count }));
for await (const _ of input) {
  const told = events;
  events = [];
  process.stdout.write(`${JSON.stringify({ events: told, lost })}\n`);
}
process.exit(0);
