/**
 * A rule that oxlint lacks: `new Date()` without arguments and `Date()` read the clock. `.oxlintrc.json` switches the
 * rule on for the folders that must not read it.
 */
const message = 'Reads the clock. Take the moment as an argument (milliseconds).';

export default {
  meta: { name: 'dopo' },
  rules: {
    'no-current-date': {
      create(context) {
        const isDate = (node) => node.callee.type === 'Identifier' && node.callee.name === 'Date';
        return {
          NewExpression: (node) => {
            if (isDate(node) && node.arguments.length === 0) context.report({ node, message });
          },
          CallExpression: (node) => {
            if (isDate(node)) context.report({ node, message });
          },
        };
      },
    },
  },
};
