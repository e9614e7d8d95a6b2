// A terminal of a task in a browser: the protocol is told in protocol/terminal.md of the sources.
"use strict";

const OUTPUT = 0x01;
const SKIPPED = 0x02;
const REPLAY_END = 0x04;
const PEOPLE = 0x05;
const SIZE = 0x06;
const LINE = 0x07;
const EXIT = 0x08;
const HISTORY = 0x09;
const NOT_KEPT = 0x0a;
const HELLO = 0x00;
const INPUT = 0x11;
const TAKE = 0x12;
const RELEASE = 0x13;
const WANT = 0x14;
const SEEN = 0x15;

const WINDOW = 1024 * 1024;
const MOST_WANTED = 512 * 1024;
const WANT_AGAIN = 2_000;
const MOST_KEPT = 8 * 1024 * 1024;
const LARGEST_INPUT = 32 * 1024;
const LONGEST_PAUSE = 10_000;
const LOOK = 5_000;

/** The terminal that a task's stages run in; all others are shells. */
const MAIN = "main";

// Sequences that the terminal's library obeys one step at a time, and two billion steps if it is told so. What asks for
// more than there are lines or columns in the largest terminal has nothing in mind but that.
const STEPPED = ["I", "L", "M", "S", "T", "Z", "b"];
const MOST_STEPS = 1000;

const page = Object.fromEntries(
  [
    "login",
    "refusal",
    "session",
    "title",
    "terminals",
    "line",
    "people",
    "older",
    "control",
    "shell",
    "end",
    "logout",
    "screen",
  ].map((id) => [id, document.getElementById(id)]),
);
const base = new URL("..", document.currentScript.src);

// Tokens stay in this tab, and no longer than it.
const tokens = {
  get: () => JSON.parse(sessionStorage.getItem("muster.tokens") ?? "null"),
  set: (pair) =>
    sessionStorage.setItem(
      "muster.tokens",
      JSON.stringify({ ...pair, until: Date.now() + pair.expiresInSeconds * 1000 }),
    ),
  forget: () => sessionStorage.removeItem("muster.tokens"),
};

class Refusal extends Error {
  constructor(status, problem) {
    super(problem.error ?? problem.detail ?? `The coordinator answered ${status}.`);
    this.status = status;
    this.code = problem.code;
  }
}

function post(path, body, token) {
  return ask("POST", path, body, token);
}

async function ask(method, path, body, token) {
  const answer = await fetch(new URL(path, base), {
    method,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  const json = text === "" ? {} : JSON.parse(text);
  if (!answer.ok) {
    throw new Refusal(answer.status, json);
  }
  return json;
}

/** A token that is good for a while; only one renewal at a time. */
let renewal = null;
async function accessToken() {
  const pair = tokens.get();
  if (pair === null) {
    throw new Refusal(401, { error: "Log in first." });
  }
  if (pair.until - Date.now() > 60_000) {
    return pair.accessToken;
  }
  renewal ??= post("api/auth/refresh", { refreshToken: pair.refreshToken })
    .then(tokens.set)
    .finally(() => {
      renewal = null;
    });
  await renewal;
  return tokens.get().accessToken;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function frame(kind, size, fill) {
  const bytes = new Uint8Array(1 + size);
  bytes[0] = kind;
  fill?.(new DataView(bytes.buffer, 1));
  return bytes;
}

/** One terminal, connected again and again until it ends or is left. */
class Session {
  constructor(task, name) {
    this.task = task;
    this.name = name;
    this.left = false;
    this.fence = null;
    this.begin = 0; // where what is kept begins
    this.next = null; // where the next byte will be
    this.kept = [];
    this.keptSize = 0;
    this.older = null;
    this.rewriting = false; // what was shown before is written once more
    this.ended = false;
    this.types = false;
    this.pause = 500;
    this.terminal = new Terminal({
      allowProposedApi: false,
      logLevel: "off", // what a program prints is no fault of the page's
      scrollback: 50_000,
      fontFamily: "ui-monospace, 'DejaVu Sans Mono', monospace",
      theme: { background: "#16181d" },
      linkHandler: { activate: (_, address) => follow(address) },
    });
    for (const final of STEPPED) {
      this.terminal.parser.registerCsiHandler({ final }, (numbers) => numbers[0] > MOST_STEPS);
    }
    this.fit = new FitAddon.FitAddon();
    this.terminal.loadAddon(this.fit);
    this.terminal.open(page.screen);
    this.terminal.onData((text) => this.type(encoder.encode(text)));
    this.terminal.onBinary((text) => this.type(Uint8Array.from(text, (one) => one.charCodeAt(0))));
    this.resizes = new ResizeObserver(() => this.wish());
    this.resizes.observe(page.screen);
    page.people.textContent = "";
    page.control.hidden = true;
    page.older.hidden = true;
    page.control.onclick = () => this.send(frame(this.types ? RELEASE : TAKE, 0));
    page.older.onclick = () => this.showOlder();
  }

  /** Another is shown in its place. */
  quit() {
    this.left = true;
    clearInterval(this.renewing);
    this.resizes.disconnect();
    this.socket?.close();
    this.terminal.dispose();
  }

  async connect() {
    if (this.left) {
      return;
    }
    tell("connecting …");
    try {
      const token = await accessToken();
      const channel = await post(`api/web/tasks/${this.task}/pty-token`, { terminalId: this.name }, token);
      this.mayType = channel.mode === "control";
      if (!this.left) {
        this.open(token, channel.channelToken);
      }
    } catch (refusal) {
      if (this.left) {
        return;
      }
      if (refusal instanceof Refusal && refusal.status < 500 && refusal.code !== "no_terminal") {
        this.fail(refusal.message);
      } else {
        tell(refusal.code === "no_terminal" ? "waits for a machine" : "no connection");
        this.again();
      }
    }
  }

  /** It cannot be shown; the stages' terminal can, if a shell cannot. */
  fail(why) {
    if (this.name === MAIN) {
      leave(why);
    } else {
      tell(why);
    }
  }

  again() {
    setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  open(token, channelToken) {
    const address = new URL(`ws/pty/${this.task}`, base);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      const place = this.next === null ? {} : { fence: this.fence, from: this.next };
      socket.send(JSON.stringify({ type: "auth", token, channelToken, window: WINDOW, stay: true, ...place }));
    };
    socket.onmessage = (message) => this.take(new Uint8Array(message.data));
    socket.onclose = (event) => this.closed(event);
    this.renewing = setInterval(() => this.renew(), 60_000);
  }

  async renew() {
    try {
      const token = await accessToken();
      this.socket.send(JSON.stringify({ type: "auth", token }));
    } catch (refusal) {
      // the socket is closed when the token is good no more, and that is told then
      tell(refusal.message);
    }
  }

  closed(event) {
    clearInterval(this.renewing);
    if (this.left) {
      return;
    }
    this.setRole(false);
    if (this.ended) {
      tell("ended");
      page.older.hidden = true;
    } else if (event.code === 4403 || event.code === 4404) {
      this.fail(event.reason);
    } else {
      tell("connection lost");
      this.again();
    }
  }

  take(bytes) {
    if (this.left) {
      return;
    }
    const view = new DataView(bytes.buffer, 1);
    switch (bytes[0]) {
      case HELLO:
        this.hello(json(bytes));
        break;
      case OUTPUT:
        this.print(offset(view, 0), bytes.subarray(9));
        break;
      case SKIPPED:
        this.skip(offset(view, 0), offset(view, 8));
        break;
      case REPLAY_END:
        this.terminal.write("", () => this.seen());
        break;
      case PEOPLE:
        this.showPeople(json(bytes));
        break;
      case SIZE:
        this.size(view.getUint16(0), view.getUint16(2));
        break;
      case LINE:
        if (!this.ended) {
          tell(json(bytes).machine === "connected" ? "" : "the machine is not connected");
        }
        break;
      case EXIT:
        this.ended = true;
        this.setRole(false);
        tell("ended");
        break;
      case HISTORY:
        this.takeOlder(offset(view, 0), bytes.subarray(9));
        break;
      case NOT_KEPT:
        this.takeNotKept(offset(view, 0), offset(view, 8));
        break;
      default:
      // of a later version
    }
  }

  hello(hello) {
    this.pause = 500;
    if (this.fence !== hello.fence || this.attempt !== hello.attempt) {
      this.fence = hello.fence;
      this.attempt = hello.attempt;
      this.forget(null);
    }
    page.title.textContent = `Task #${hello.task}, ${this.name === MAIN ? `attempt ${hello.attempt}` : "a shell"}`;
    document.title = `#${hello.task} · Muster`;
    this.wish();
  }

  forget(begin) {
    this.begin = begin;
    this.next = begin;
    this.kept = [];
    this.keptSize = 0;
    this.older = null;
    this.terminal.reset();
    page.older.hidden = true;
  }

  print(at, bytes) {
    if (this.next === null) {
      this.begin = at;
    }
    this.next = at + bytes.length;
    this.kept.push(bytes);
    this.keptSize += bytes.length;
    while (this.keptSize > MOST_KEPT && this.kept.length > 1) {
      const gone = this.kept.shift();
      this.keptSize -= gone.length;
      this.begin += gone.covers ?? gone.length;
      this.older = null; // it would not join what is left
    }
    this.offerOlder();
    const until = this.next;
    this.terminal.write(bytes, () => this.seen(until));
  }

  /** Tells what is on the screen by now, so that more is sent. */
  seen(until = this.next) {
    if (until !== null && this.socket.readyState === WebSocket.OPEN) {
      this.send(frame(SEEN, 8, (view) => view.setBigUint64(0, BigInt(until))));
    }
  }

  skip(from, to) {
    this.forget(to);
    const how = this.name === MAIN ? ': use "Show older output"' : "";
    this.terminal.write(`\x1b[2m(${to - from} bytes not shown${how})\x1b[0m\r\n`);
  }

  /** What a shell printed is stored nowhere. */
  offerOlder() {
    page.older.hidden = this.begin === 0 || this.name !== MAIN;
  }

  showOlder() {
    if (this.older === null && this.begin > 0) {
      const from = Math.max(0, this.begin - MOST_WANTED);
      this.older = { from, to: this.begin, parts: [], next: from };
      this.want(this.older);
    }
  }

  /** Until all of it is there: what was printed a moment ago may not be stored yet. */
  want(older) {
    if (this.left || this.older !== older) {
      return;
    }
    this.send(
      frame(WANT, 12, (view) => {
        view.setBigUint64(0, BigInt(older.next));
        view.setUint32(8, older.to - older.next);
      }),
    );
    setTimeout(() => this.want(older), WANT_AGAIN);
  }

  takeOlder(at, bytes) {
    const older = this.older;
    if (older === null || at !== older.next) {
      return;
    }
    older.parts.push(bytes);
    older.next += bytes.length;
    this.showTaken();
  }

  /** Of a long log the middle is not kept: a word stands for all of it. */
  takeNotKept(from, to) {
    const older = this.older;
    if (older === null || older.next < from || older.next >= to) {
      return;
    }
    const word = encoder.encode(`\x1b[2m(${to - from} bytes were not kept)\x1b[0m\r\n`);
    older.next = Math.min(to, older.to);
    older.from = Math.min(older.from, from);
    word.covers = older.next - from;
    older.parts.push(word);
    this.showTaken();
  }

  /** Shows older output once all that was asked for is there. */
  showTaken() {
    const older = this.older;
    if (older.next < older.to) {
      return;
    }
    this.older = null;
    this.kept = [...older.parts, ...this.kept];
    this.keptSize += older.parts.reduce((sum, part) => sum + part.length, 0);
    this.begin = older.from;
    this.terminal.reset();
    this.rewriting = true;
    this.kept.forEach((part) => this.terminal.write(part));
    this.terminal.write("", () => {
      this.rewriting = false;
    });
    this.offerOlder();
  }

  /** Also what the terminal answers by itself, which it does a second time to what is written a second time. */
  type(bytes) {
    if (this.types && !this.rewriting) {
      for (let at = 0; at < bytes.length; at += LARGEST_INPUT) {
        const part = bytes.subarray(at, at + LARGEST_INPUT);
        const input = new Uint8Array(1 + part.length);
        input[0] = INPUT;
        input.set(part, 1);
        this.send(input);
      }
    }
  }

  wish() {
    const size = this.fit.proposeDimensions();
    if (size !== undefined && size.cols > 1 && this.socket?.readyState === WebSocket.OPEN) {
      this.send(
        frame(SIZE, 4, (view) => {
          view.setUint16(0, Math.min(size.cols, 1000));
          view.setUint16(2, Math.min(size.rows, 1000));
        }),
      );
    }
  }

  size(columns, rows) {
    this.terminal.resize(columns, rows);
  }

  showPeople(people) {
    const others = people.viewers.map((one) => (one.mode === "control" ? `${one.name} (types)` : one.name));
    page.people.textContent = others.join(", ");
    this.setRole(people.you === "control");
    page.control.hidden = !this.mayType;
    page.control.textContent = this.types ? "Stop typing" : people.controller === null ? "Type" : "Take over";
  }

  setRole(types) {
    if (types && !this.types) {
      this.wish();
      this.terminal.focus();
    }
    this.types = types;
    this.terminal.options.cursorBlink = types;
  }

  send(bytes) {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(bytes);
    }
  }
}

/** Which terminals a task has, and the one that is shown. */
class Switch {
  constructor(task) {
    this.task = task;
    this.offered = "";
    page.terminals.onchange = () => this.show(page.terminals.value);
    page.shell.onclick = () => this.open();
    page.end.onclick = () => this.end();
    this.show(MAIN);
    this.look();
    this.looking = setInterval(() => this.look(), LOOK);
  }

  stop() {
    clearInterval(this.looking);
    this.session.quit();
  }

  show(name) {
    this.session?.quit();
    this.name = name;
    page.end.hidden = name === MAIN;
    this.session = new Session(this.task, name);
    // where tests and curious people find it
    window.muster = this.session;
    this.session.connect();
  }

  async ask(method, path, body) {
    return ask(method, `api/web/tasks/${this.task}/terminals${path}`, body, await accessToken());
  }

  async look() {
    try {
      this.offer(await this.ask("GET", ""));
    } catch {
      // what is wrong is told by the terminal that is shown
    }
  }

  offer(list) {
    page.shell.hidden = !list.mayOpenShells;
    const options = list.items
      .filter(
        (one) =>
          one.kind === "pipeline" ||
          one.terminalId === this.name ||
          (list.mayOpenShells && one.state === "open"),
      )
      .map((one) => [one.terminalId, label(one)]);
    const offered = JSON.stringify(options);
    if (offered !== this.offered) {
      this.offered = offered;
      page.terminals.replaceChildren(...options.map(([name, text]) => new Option(text, name)));
    }
    page.terminals.value = this.name;
    page.terminals.hidden = options.length < 2;
  }

  async open() {
    page.shell.disabled = true;
    try {
      const opened = await this.ask("POST", "", {});
      this.show(opened.terminalId);
      await this.look();
    } catch (refusal) {
      tell(refusal.message);
    } finally {
      page.shell.disabled = false;
    }
  }

  async end() {
    try {
      await this.ask("DELETE", `/${this.name}`);
      this.show(MAIN);
      await this.look();
    } catch (refusal) {
      tell(refusal.message);
    }
  }
}

function label(one) {
  const what = one.kind === "pipeline" ? "stages" : `shell of ${one.openedBy.name}`;
  return one.viewers.length === 0 ? what : `${what}: ${one.viewers.map((viewer) => viewer.name).join(", ")}`;
}

function json(bytes) {
  return JSON.parse(decoder.decode(bytes.subarray(1)));
}

function offset(view, at) {
  return Number(view.getBigUint64(at));
}

/** A link in a terminal is a program's word: only the web, and only after a question. */
function follow(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return;
  }
  if ((url.protocol === "https:" || url.protocol === "http:") && window.confirm(`Open ${url.href} ?`)) {
    window.open(url.href, "_blank", "noopener,noreferrer");
  }
}

function tell(what) {
  page.line.textContent = what;
}

function leave(why) {
  page.session.hidden = true;
  page.login.hidden = false;
  page.refusal.textContent = why;
}

let shown = null;
function enter(task) {
  page.login.hidden = true;
  page.session.hidden = false;
  shown?.stop();
  shown = new Switch(task);
}

page.login.addEventListener("submit", async (event) => {
  event.preventDefault();
  page.refusal.textContent = "";
  const fields = new FormData(page.login);
  const wanted = { username: fields.get("username"), password: fields.get("password") };
  if (fields.get("totpCode") !== "") {
    wanted.totpCode = fields.get("totpCode");
  }
  try {
    tokens.set(await post("api/auth/login", wanted));
    const task = fields.get("task");
    history.replaceState(null, "", `?task=${task}`);
    enter(task);
  } catch (refusal) {
    page.refusal.textContent = refusal.message;
  }
});

page.logout.addEventListener("click", async () => {
  const pair = tokens.get();
  tokens.forget();
  if (pair !== null) {
    await post("api/auth/logout", { refreshToken: pair.refreshToken }, pair.accessToken).catch(() => undefined);
  }
  location.reload();
});

const asked = new URLSearchParams(location.search).get("task") ?? "";
page.login.elements.task.value = asked;
if (tokens.get() !== null && /^[0-9]+$/.test(asked)) {
  enter(asked);
} else {
  page.login.hidden = false;
}
