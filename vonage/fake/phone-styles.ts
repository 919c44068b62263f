/** The style sheet of the phone page: readable from 360 px up, light and dark. */
export const PHONE_STYLES = `
:root { color-scheme: light dark; --page: #eceff3; --phone: #fff; --ink: #16191d; --soft: #5b6470; --line: #d5dae1;
  --theirs: #e6e9ee; --mine: #0b63ce; --mine-ink: #fff; --link: #0b57b5; }
@media (prefers-color-scheme: dark) { :root { --page: #0e1116; --phone: #181c23; --ink: #e8ebef; --soft: #9aa4b1;
  --line: #2c333d; --theirs: #2a313b; --mine: #1b66c9; --mine-ink: #fff; --link: #7ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--page); color: var(--ink); font: 1rem/1.4 system-ui, sans-serif; }
header { max-width: 80rem; margin: 0 auto 1rem; }
h1 { margin: 0; font-size: 1.3rem; }
header p { margin: .2rem 0; color: var(--soft); }
a { color: var(--link); margin-right: 1rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem; max-width: 80rem;
  margin: 0 auto; align-items: start; }
section { background: var(--phone); border: 1px solid var(--line); border-radius: 1.4rem; overflow: hidden; }
section:target { border-color: var(--mine); }
h2 { margin: 0; padding: .7rem 1rem; font-size: 1rem; text-align: center; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; }
ol { list-style: none; margin: 0; padding: .8rem; max-height: 28rem; overflow-y: auto; }
li { margin: 0 0 .7rem; display: flex; flex-direction: column; align-items: flex-start; }
li p { margin: 0; padding: .5rem .8rem; border-radius: 1.1rem; border-bottom-left-radius: .3rem; background: var(--theirs);
  max-width: 88%; white-space: pre-wrap; overflow-wrap: anywhere; }
li a { margin: 0; }
li.mine { align-items: flex-end; }
li.mine a { color: inherit; }
li.mine p { background: var(--mine); color: var(--mine-ink); border-radius: 1.1rem; border-bottom-right-radius: .3rem; }
small { color: var(--soft); font-size: .78rem; padding: .1rem .5rem; }
h2 b { display: block; font-size: 1.05rem; }
form { display: flex; gap: .5rem; padding: .7rem; border-bottom: 1px solid var(--line); }
form input:not([type=hidden]) { flex: 1; min-width: 0; padding: .5rem .9rem; font: inherit; color: inherit;
  background: var(--page); border: 1px solid var(--line); border-radius: 1.2rem; }
button { padding: .5rem 1rem; font: inherit; color: var(--mine-ink); background: var(--mine); border: 0;
  border-radius: 1.2rem; cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.none { color: var(--soft); padding: .5rem 1rem; margin: 0; }
`;
