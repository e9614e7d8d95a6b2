// Two people at one terminal, in two real browsers. Arguments: base URL, task, and two pairs of a name and a password.
import assert from "node:assert/strict";
import { browser, bytes, person, shows, text, type, types, until } from "./people.mjs";

const [base, task, owner, ownersPassword, other, othersPassword] = process.argv.slice(2);

// types, and sees what comes of it
const first = await person(base, task, owner, ownersPassword);
await types(first, true);
await until("the line", () => first.page.evaluate(() => document.getElementById("line").textContent === ""));
await shows(first, "$");
await type(first, "echo one-$((40 + 2))");
await shows(first, "one-42");

// the terminal is as large as the window, and follows it
const size = (one) => one.page.evaluate(() => `${window.muster.terminal.rows} ${window.muster.terminal.cols}`);
await type(first, "stty size");
await shows(first, await size(first));
const before = await size(first);
await first.page.setViewportSize({ width: 700, height: 400 });
await until("another size", async () => (await size(first)) !== before);
await type(first, "stty size");
await shows(first, await size(first));

// leaves and comes back to all of it
await first.page.reload();
await types(first, true);
await shows(first, "one-42");
await type(first, "echo two-$((40 + 3))");
await shows(first, "two-43");

// another one watches, cannot type, takes over
const second = await person(base, task, other, othersPassword);
await shows(second, "two-43");
await types(second, false);
await type(second, "echo never-$((1 + 1))");
await type(first, "echo three-$((40 + 4))");
await shows(second, "three-44");
assert.ok(!(await text(second.page)).includes("never"), "a watcher's keys arrived");
await second.page.click("#control");
await types(second, true);
await types(first, false);
await type(first, "echo never-$((1 + 1))");
await type(second, "echo four-$((40 + 5))");
await shows(first, "four-45");
assert.ok(!(await text(first.page)).includes("never"), "keys of one who was taken over from arrived");

// a program gets no clipboard, no link is followed without a question, and both have the same bytes
await type(second, "printf '\\033]52;c;ZXZpbA==\\a\\033]0;title\\a'; echo five-$((40 + 6))");
await shows(second, "five-46");
await shows(first, "five-46");
assert.equal(await first.page.title(), `#${task} · Muster`);
let last = {};
await until("the same bytes", async () => {
  last = [await bytes(first.page), await bytes(second.page)];
  return last[0].next === last[1].next;
});
assert.deepEqual(last[0], last[1]);

// a shell beside it, which the other one comes to see, and which ends
await first.page.click("#shell");
await until("a shell", () => first.page.evaluate(() => window.muster.name !== "main"));
await types(first, true);
await type(first, "echo shell-$((40 + 7))");
await shows(first, "shell-47");
const shell = await first.page.evaluate(() => window.muster.name);
await until("it is offered", () => second.page.evaluate((name) => [...document.querySelectorAll("#terminals option")].some((one) => one.value === name), shell));
await second.page.selectOption("#terminals", shell);
await shows(second, "shell-47");
await first.page.click("#end");
await until("the stages", () => first.page.evaluate(() => window.muster.name === "main"));
await shows(first, "five-46");
await until("its end", () => second.page.evaluate(() => document.getElementById("line").textContent === "ended"));

for (const one of [first, second]) {
  assert.deepEqual(one.faults, []);
}
process.exitCode = 0;
await browser.close();
