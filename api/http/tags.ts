/** Resources, in the order in which the reference shows them. */
export const TAGS = {
  Orders: 'Orders and their events, as a shop reports them, and the view of what follows from them.',
  Commands: "An operator's commands to a running order.",
  Contacts: 'People: who they are, and the links that they have been sent.',
  Consents: 'What people agreed to, what they refused, and lists that were asked.',
  Cases: 'Support work with an agent.',
  Messages: 'Messages of the ledger, what holds them back, and what operators do by hand.',
  Decisions: 'Why a message was sent, waits, or was not sent.',
  Limits: 'What is booked, and how near a brand is to its limits.',
  Privacy: "A person's data, and that it goes.",
  Operations: 'What operators look at: audit log, dead letters, health.',
  Webhooks: 'Called by the provider and by shops. They are signed.',
  Codec: "For Temporal's tools, where payloads are encrypted.",
} as const;

export type Tag = keyof typeof TAGS;
