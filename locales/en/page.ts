import type { PageWords } from '../page-words.ts';

export const page: PageWords = {
  language: 'English',
  languages: 'Language',
  title: (brand) => `Your messages from ${brand}`,
  intro: (brand) => `Choose what ${brand} may text you about, and how often.`,
  saved: 'Saved. Your choices apply from now on.',
  unchanged: 'Nothing was changed.',
  errorPrefix: 'Error: ',
  checkThese: 'Please check the following. Nothing has been saved yet.',

  topics: 'What you receive',
  orders: {
    title: 'Orders and deliveries',
    says: 'Always on: confirmation, dispatch, delivery, returns and refunds. They end only if you stop everything.',
  },
  topic: {
    tips: () => ({ title: 'Tips', says: 'How to set up, use and look after what you have bought.' }),
    feedback: (brand) => ({
      title: 'Feedback',
      says: `Yes, ${brand} may ask me by text message how satisfied I am. I can switch this off at any time.`,
    }),
    reviews: (brand) => ({
      title: 'Reviews',
      says:
        `Yes, ${brand} may send me links to review what I have bought, by automated text message. This counts as advertising. ` +
        'It is not a condition of purchase, and I can switch it off at any time.',
    }),
    offers: (brand) => ({
      title: 'Offers',
      says:
        `Yes, ${brand} may send me advertising by automated text message: offers, reorder reminders, the loyalty club. ` +
        'It is not a condition of purchase, and I can switch it off at any time.',
    }),
  },
  toConfirm: 'Not confirmed yet.',
  confirmTitle: 'Please confirm',
  confirmSays: (brand) => `Was it you who agreed to what is ticked below, and do you still want it from ${brand}?`,
  confirmButton: 'Yes, I confirm',
  confirmed: 'Confirmed. Thank you.',

  channels: 'How you receive messages',
  channelsHint: 'Choose at least one. To get nothing at all, stop everything below.',
  channel: { rcs: 'RCS chat' },
  channelMissing: 'Tick at least one way to reach you.',

  frequency: 'How often, at most',
  frequencyHint: 'Updates about orders and deliveries do not count.',
  unlimited: 'No limit',
  mostPerWeek: { 1: 'Once a week', 2: 'Twice a week' },

  pause: 'Pause',
  pauseLabel: 'Only orders and deliveries until',
  pauseHint: (latest) => `Leave it empty for no pause. The latest date is ${latest}.`,
  pauseWrong: (earliest, latest) => `The pause needs a date from ${earliest} to ${latest}, or none.`,

  zone: 'Your time zone',
  zoneThought: (zones) => `So that nothing comes at night. We think: ${zones}.`,
  zoneUnknown: 'So that nothing comes at night. We do not know yours, so we send no questions and no offers.',
  zoneChosen: (zone) => `So that nothing comes at night. You chose ${zone}.`,
  zoneLabel: 'My time zone',
  zoneAutomatic: 'Detect automatically',
  zonesOfCountry: 'In your country',
  zonesElsewhere: 'Elsewhere',
  notOnList: 'Choose one of the answers on the page.',

  save: 'Save',

  onlyOrders: 'Only updates about my orders',
  onlyOrdersSays: (brand) =>
    `No tips, questions, review requests or offers from ${brand} from now on. Your consents will be withdrawn.`,
  stop: 'Stop everything',
  stopSays: (brand) =>
    `No messages from ${brand} from now on, not even about an order on its way. You can come back at any time.`,
  stopButton: 'Stop all messages',
  stoppedTitle: (brand) => `${brand} will not message you from now on`,
  stoppedSays: 'This also applies to orders on their way. Your choices are kept.',
  comeBackHere: 'You can come back here at any time.',
  comeBackByReply: (brand) =>
    `You can come back at any time: reply START to any message from ${brand}. This link no longer works.`,
  comeBackByShop: (brand, url) => `To come back, ask ${brand}: ${url}. This link no longer works.`,
  resumeButton: 'Get messages again',
  resumed: 'Welcome back. Your earlier choices apply again.',

  disown: 'Not you?',
  disownSays: (brand) => `Is ${brand} trying to reach someone else, or is this number new to you? Let the shop know.`,
  disownButton: 'This was not meant for me',
  disownedTitle: 'Thank you. The shop will look into it',
  disownedSays: (brand) =>
    `The links that ${brand} sent to this number no longer work, and it gets no offers until the shop has checked. To get nothing at all, reply STOP.`,

  data: 'Your data',
  dataSays: (brand) => `All the data we hold about you for ${brand}: orders, messages, consents.`,
  dataByCode: 'Before you download or erase it, we text you a code.',
  download: 'Download my data',
  erase: 'Erase my data',
  eraseTitle: 'Erase my data?',
  eraseSays: (brand) => [
    `Your name, your numbers, the texts of all messages and your answers to ${brand} are erased here. Messages about orders on their way end.`,
    'Kept without your name or number: proof of your consents, for as long as the law requires, and the fact that you must not be messaged.',
    'You have 24 hours to change your mind; after that it cannot be undone. The shop keeps its own records of your orders: ask it about those.',
  ],
  eraseButton: 'Continue: text me a code',
  back: 'Back',
  backKeeping: 'Back, keep my data',
  codeTitle: 'Enter the code',
  codeSays: (brand) =>
    `If this link was sent to a number that is yours, a text from ${brand} with a code of six digits is on its way to it.`,
  codeLabel: 'Code',
  codeHint: 'It works for 10 minutes and allows five attempts.',
  codeButton: { download: 'Download my data', erase: 'Erase everything' },
  codeAgain: 'Text me another code',
  codeWrong: 'This code does not work. Enter the last one you received, or ask for another.',
  codeUsedUp: (next) =>
    `This code can no longer be used. ${next === undefined ? 'Ask for another.' : `You can ask for another from ${next}.`}`,
  codeTooMany: (next) =>
    `No more codes are sent to this number ${next === undefined ? 'for now' : `before ${next}`}. Use the last one, or try again then.`,
  fileTitle: 'Your file is ready',
  fileSays: 'The button saves it. It works once, within the next 10 minutes. After that you need another code.',
  fileButton: 'Save the file',
  fileBusy: 'Too many people are saving their files just now. Press the button again in a few minutes.',
  fileOver: (next) =>
    `The file was saved already, or the 10 minutes are over. ${next === undefined ? 'To get it again, ask for another code.' : `You can ask for another code from ${next}.`}`,
  codeQuietTitle: 'We cannot tell whose number this is',
  codeQuietSays: (brand) =>
    `${brand} has not heard from this number for more than 90 days. It may have a new owner, so no code opens the data. To get or erase yours, contact the shop: it will ask who you are. To get no more messages, reply STOP.`,
  codeQuietAsk: 'Ask the shop',
  erasurePlanned: 'Your data will be erased',
  erasurePlannedSays: (brand, moment) =>
    `On ${moment}. Until then you get only updates about your orders. To keep your data, press the button or reply NO to ${brand}.`,
  keepData: 'Keep my data',
  kept: 'Your data stays. Nothing will be erased.',

  expiredTitle: 'This link is too old',
  invalidTitle: 'This link does not work',
  revokedTitle: 'This link no longer works',
  revokedSays:
    'A link stops working after a STOP, a request to erase, too many wrong codes, a report that it was not meant for you, or when the shop withdraws it. What you chose before still applies.',
  goneTitle: 'There is nothing here now',
  goneSays: 'What this link led to was erased. If you have a question, ask the shop.',
  newLink: 'Reply HELP to any message from the shop and you get a new link.',
  nothingChanged: 'Nothing was changed.',
  forgedTitle: 'This did not come from our page',
  forgedSays: 'Nothing was changed. Open the link in your message again and make your choice there.',
  stale: 'The page was open for more than two hours. Nothing was changed: these are your settings now.',
  troubleTitle: 'This does not work just now',
  troubleSays: 'Nothing was changed. Try again in a few minutes.',
};
