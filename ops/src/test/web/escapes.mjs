// What a program may print, in three real browsers: one types, two watch. Arguments: base URL, task, name and password of
// its owner, a file to print, and a directory where the program writes what it was sent in each round.
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { corpus } from "./corpus.mjs";
import { browser, fits, person, shows, types, until } from "./people.mjs";

const [base, task, owner, password, file, rounds] = process.argv.slice(2);
assert.ok(corpus.length > 100);

/** Questions that a page put to its person. */
const asked = [];

/** Notes whatever else a page reaches for outside of itself. */
const watched = (page) => {
  page.on("dialog", (dialog) => {
    asked.push(dialog.message());
    dialog.dismiss();
  });
  page.on("request", (request) => assert.ok(request.url().startsWith(base), request.url()));
  page.on("popup", (popup) => assert.fail(`opened ${popup.url()}`));
  page.on("download", (download) => assert.fail(`downloads ${download.url()}`));
};

async function watcher() {
  const one = await person(base, task, owner, password, () => {
    window.reached = [];
    const noted = (what) => (...words) => {
      window.reached.push(`${what} ${words}`);
      return Promise.resolve("");
    };
    if (navigator.clipboard !== undefined) {
      for (const name of ["read", "readText", "write", "writeText"]) {
        navigator.clipboard[name] = noted(name);
      }
    }
    document.execCommand = noted("execCommand");
    window.open = noted("open");
    window.print = noted("print");
    window.Notification = class {
      constructor(...words) {
        noted("Notification")(...words);
      }
    };
  });
  watched(one.page);
  return one;
}

/** What one terminal by itself answers to these; those that never end it is spared. */
const answers = (page) =>
  page.evaluate(
    async (sequences) => {
      const terminal = new Terminal({ cols: 80, rows: 24, logLevel: "off" });
      for (const final of "ILMSTZb") {
        terminal.parser.registerCsiHandler({ final }, () => true);
      }
      const place = document.body.appendChild(document.createElement("div"));
      terminal.open(place); // colours are known only then
      let sent = "";
      terminal.onData((text) => (sent += text));
      for (const one of sequences) {
        const bytes = Uint8Array.from(one, (letter) => letter.charCodeAt(0));
        await new Promise((done) => terminal.write(bytes, done));
      }
      terminal.dispose();
      place.remove();
      return sent;
    },
    corpus,
  );

/** How many answers there are; who has the focus is told as well, of one's own. */
const count = (text) => text.replaceAll("\x1b[I", "").replaceAll("\x1b[O", "").split("\x1b").length - 1;
const round = (name) => `${rounds}/${name}`;
const received = async (name) => {
  await until(`round ${name}`, () => existsSync(round(name)));
  return readFileSync(round(name), "latin1");
};

/** Until everything the pages were sent by now is on their screens, which is when a terminal has answered it. */
async function settle(people) {
  for (const one of people) {
    await one.page.evaluate(() => new Promise((done) => window.muster.terminal.write("", done)));
  }
}

const press = (one) => one.page.evaluate(() => window.muster.terminal.input("@"));

const typist = await watcher();
await types(typist, true);
const all = [typist, await watcher(), await watcher()];
await types(all[1], false);
await fits(typist);
const size = await typist.page.evaluate(() => [window.muster.terminal.cols, window.muster.terminal.rows]);
const alone = count(await answers(typist.page));
assert.ok(alone > 10, `a terminal answers ${alone} of them`);

// live: each question is answered once, though three terminals saw it
writeFileSync(`${file}.new`, Buffer.from(corpus.join(""), "latin1"));
renameSync(`${file}.new`, file);
for (const one of all) {
  await shows(one, "corpus printed");
}
await settle(all);
await press(all[1]);
await press(all[2]);
await press(typist);
assert.equal(count(await received("live")), alone);

// shown again, to who types and to who watches, and with what is older: nothing is answered
for (const one of all) {
  await one.page.reload();
  await shows(one, "corpus printed");
}
if (!(await typist.page.evaluate(() => window.muster.types))) {
  await typist.page.click("#control");
}
await types(typist, true);
await settle(all);
await until("the line", () => typist.page.evaluate(() => document.getElementById("line").textContent === ""));
await press(typist);
assert.equal(await received("again"), "");

await typist.page.evaluate(() => {
  // as if less had been kept of it
  const session = window.muster;
  const all = session.kept.flatMap((part) => Array.from(part));
  session.kept = [Uint8Array.from(all.slice(-10))];
  session.keptSize = 10;
  session.begin = session.next - 10;
  session.showOlder();
});
await until("older output", () => typist.page.evaluate(() => window.muster.begin === 0 && window.muster.older === null));
await settle(all);
await press(typist);
assert.equal(await received("older"), "");

// a link leads to the web, after a question, or nowhere
for (const address of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "nonsense"]) {
  await typist.page.evaluate((one) => window.muster.terminal.options.linkHandler.activate(null, one), address);
}
assert.deepEqual(asked, []);
await typist.page.evaluate(() => window.muster.terminal.options.linkHandler.activate(null, "https://evil.invalid/x"));
assert.deepEqual(asked, ["Open https://evil.invalid/x ?"]);

// and nothing else came of it
for (const one of all) {
  assert.deepEqual(await one.page.evaluate(() => window.reached), []);
  assert.equal(await one.page.title(), `#${task} · Muster`);
  assert.equal(await one.page.locator("#screen img, #screen script, #screen iframe").count(), 0);
  const now = await one.page.evaluate(() => [window.muster.terminal.cols, window.muster.terminal.rows]);
  assert.deepEqual(now, size);
  assert.deepEqual(one.faults, []);
}
process.exitCode = 0;
await browser.close();
