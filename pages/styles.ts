/**
 * The style sheet of the pages: one column from 320 px up, light and dark. Text and icons keep a contrast of at least 4.5, edges of
 * fields 3 (WCAG 2.2 AA); what is touched is at least 44 px high.
 */
export const PAGE_STYLES = `
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --ink: #1a1d21; --soft: #50575f; --line: #dfe2e6; --edge: #737b85;
  --accent: #174ea6; --accent-ink: #fff; --quiet: #eef2fa; --danger: #a8201a; --danger-quiet: #fdf0ef; --good: #0f5b2e; --good-quiet: #ebf6ef; }
@media (prefers-color-scheme: dark) { :root { --page: #111418; --card: #1a1e24; --ink: #e8eaed; --soft: #aab2bc; --line: #30363e;
  --edge: #8d96a1; --accent: #a8c7fa; --accent-ink: #0b2457; --quiet: #222a37; --danger: #ffb4ab; --danger-quiet: #352120; --good: #9fdcb5;
  --good-quiet: #1b2b21; } }
* { box-sizing: border-box; }
html { font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans KR", "Apple SD Gothic Neo", sans-serif; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: break-word; }
:lang(ko) { word-break: keep-all; }
header, main { max-width: 42rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding-top: .75rem; }
header p { margin: 0; font-weight: 650; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem; list-style: none; margin: 0 -.5rem; padding: 0; }
nav a { display: block; padding: .6rem .5rem; color: var(--soft); }
nav a[aria-current] { color: var(--ink); font-weight: 650; text-decoration: none; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.25rem 0 .75rem; letter-spacing: -.01em; }
h2, legend { font-size: 1.1rem; font-weight: 650; line-height: 1.35; margin: 0; padding: 0; }
p { margin: .4rem 0; }
.lead { color: var(--soft); font-size: 1.05rem; margin-bottom: 1.25rem; }
.hint { color: var(--soft); font-size: .94rem; }
fieldset, section { background: var(--card); border: 1px solid var(--line); border-radius: .9rem; margin: 0 0 1rem; padding: 1.1rem; min-width: 0; }
/* A legend inside the card: a float leaves the border whole. */
legend { float: left; width: 100%; margin-bottom: .5rem; }
legend + * { clear: both; }
.choice { display: flex; gap: .85rem; align-items: flex-start; padding: .7rem 0; min-height: 2.75rem; }
.rows { margin-bottom: -.5rem; }
.rows > * + * { border-top: 1px solid var(--line); }
.choice input { flex: none; width: 1.35rem; height: 1.35rem; margin: .1rem 0 0; accent-color: var(--accent); }
.choice strong { display: block; font-weight: 600; }
.choice span span { display: block; color: var(--soft); font-size: .94rem; }
.always { padding-left: 2.2rem; position: relative; }
.always::before { content: "\\2713"; position: absolute; left: .2rem; font-weight: 700; color: var(--good); }
label.field { display: block; font-weight: 600; margin: .5rem 0 .3rem; }
input[type=date], input[type=text], select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: .55rem;
  padding: .55rem .7rem; min-height: 2.75rem; width: 100%; max-width: 22rem; }
[aria-invalid=true] { border-color: var(--danger); border-width: 2px; }
.wrong { color: var(--danger); font-weight: 600; }
button, .button { font: inherit; font-weight: 600; min-height: 2.9rem; padding: .55rem 1.3rem; border-radius: .6rem; border: 1px solid transparent;
  background: var(--accent); color: var(--accent-ink); cursor: pointer; display: inline-block; text-decoration: none; text-align: center; }
button.quiet, .button.quiet { background: var(--quiet); color: var(--accent); border-color: var(--accent); }
button.danger { background: var(--card); color: var(--danger); border-color: var(--danger); }
.save { display: flex; margin: 0 0 2.25rem; }
.save button { flex: 1; font-size: 1.05rem; min-height: 3.2rem; }
section .save { margin: .9rem 0 0; }
section form { margin: .8rem 0 0; }
.actions { display: flex; flex-wrap: wrap; gap: .7rem; align-items: center; margin-top: .8rem; }
.actions form { margin: 0; }
.note { border-radius: .9rem; padding: .8rem 1.1rem; margin: 1rem 0; border: 1px solid currentColor; }
.note.good { color: var(--good); background: var(--good-quiet); }
.note.bad { color: var(--danger); background: var(--danger-quiet); }
.note h2 { font-size: 1.05rem; }
.note ul { margin: .3rem 0 0; padding-left: 1.2rem; }
a { color: var(--accent); }
.note.bad a { color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .3rem; }
main { padding-bottom: 2.5rem; }
@media (max-width: 26rem) { .actions > *, .actions button, .actions .button, section form button { width: 100%; } }
@media (min-width: 48rem) { h1 { font-size: 2rem; } header { padding-top: 1.5rem; } fieldset, section { padding: 1.5rem; } }
`;
