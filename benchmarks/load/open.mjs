// Load that does not wait: requests begin at a steady rate, whatever became of those before.
// Reads from its standard input {port, requests, rate, seconds, patience_ms, sockets}; prints one line of JSON.
import { connect } from "node:net";
import { readFileSync } from "node:fs";

const asked = JSON.parse(readFileSync(0, "utf8"));
const texts = asked.requests.map(({ path, headers, body }) => {
  const lines = [`POST ${path} HTTP/1.1`, "host: 127.0.0.1", `content-length: ${Buffer.byteLength(body)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
});

const taken = new Map(); // latencies by status, or by what went wrong
const idle = [];
let [open, sent, waiting] = [0, 0, 0];

function note(outcome, begun) {
  waiting -= 1;
  if (!taken.has(outcome)) taken.set(outcome, []);
  taken.get(outcome).push(performance.now() - begun);
}

function send() {
  const text = texts[sent % texts.length];
  sent += 1;
  waiting += 1;
  const begun = performance.now();
  const socket = idle.pop() ?? newSocket();
  if (!socket) return note("no socket left", begun);
  socket.asked = { begun, chunks: [], length: 0, whole: null, status: 0 };
  socket.setTimeout(asked.patience_ms);
  socket.write(text);
}

function newSocket() {
  if (open >= asked.sockets) return null;
  open += 1;
  const socket = connect({ port: asked.port, host: "127.0.0.1", noDelay: true });
  socket.on("data", (chunk) => receive(socket, chunk));
  socket.on("timeout", () => end(socket, "no answer"));
  socket.on("error", (error) => end(socket, error.code));
  socket.on("close", () => end(socket, "closed"));
  return socket;
}

function receive(socket, chunk) {
  const answer = socket.asked;
  if (!answer) return;
  answer.length += chunk.length;
  if (answer.whole === null) {
    answer.chunks.push(chunk);
    const head = Buffer.concat(answer.chunks);
    const split = head.indexOf("\r\n\r\n");
    if (split < 0) return;
    const lines = head.toString("latin1", 0, split);
    answer.status = lines.slice(9, 12);
    answer.whole = split + 4 + Number(/^content-length: *(\d+)/im.exec(lines)?.[1] ?? 0);
    answer.closes = /^connection: *close/im.test(lines);
  }
  if (answer.length < answer.whole) return;
  socket.asked = null;
  note(answer.status, answer.begun);
  socket.setTimeout(0);
  if (answer.closes) socket.destroy();
  else idle.push(socket);
}

function end(socket, outcome) {
  if (socket.asked) note(outcome, socket.asked.begun);
  socket.asked = null;
  if (socket.gone) return;
  socket.gone = true;
  open -= 1;
  const place = idle.indexOf(socket);
  if (place >= 0) idle.splice(place, 1);
  socket.destroy();
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function finish() {
  const outcomes = {};
  for (const [outcome, latencies] of taken) {
    latencies.sort((one, other) => one - other);
    outcomes[outcome] = {
      count: latencies.length,
      p50_ms: quantile(latencies, 0.5),
      p99_ms: quantile(latencies, 0.99),
    };
  }
  console.log(JSON.stringify(outcomes));
  process.exit(0);
}

const begun = performance.now();
const timer = setInterval(() => {
  const elapsed = (performance.now() - begun) / 1000;
  const due = Math.min(elapsed, asked.seconds) * asked.rate;
  while (sent < due) send();
  if (elapsed >= asked.seconds) {
    clearInterval(timer);
    setInterval(() => waiting === 0 && finish(), 20);
    setTimeout(finish, asked.patience_ms + 1000);
  }
}, 1);
