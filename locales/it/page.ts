import type { PageWords } from '../page-words.ts';

export const page: PageWords = {
  language: 'Italiano',
  languages: 'Lingua',
  title: (brand) => `I tuoi messaggi da ${brand}`,
  intro: (brand) => `Scegli di che cosa ${brand} può scriverti e con quale frequenza.`,
  saved: 'Salvato. Le tue scelte valgono da subito.',
  unchanged: 'Non è cambiato nulla.',
  errorPrefix: 'Errore: ',
  checkThese: 'Controlla questi campi. Non è ancora stato salvato nulla.',

  topics: 'Di che cosa ti scriviamo',
  orders: {
    title: 'Ordini e consegne',
    says: 'Sempre attivi: conferma, spedizione, consegna, resi e rimborsi. Si fermano solo se fermi tutto.',
  },
  topic: {
    tips: () => ({ title: 'Consigli', says: 'Come preparare, usare e curare quello che hai comprato.' }),
    feedback: (brand) => ({
      title: 'Opinioni',
      says: `Sì, ${brand} può chiedermi con un messaggio un parere sui miei acquisti. Posso cambiare idea quando voglio.`,
    }),
    reviews: (brand) => ({
      title: 'Recensioni',
      says:
        `Sì, ${brand} può inviarmi con messaggi automatici i link per recensire quello che ho comprato. È pubblicità. ` +
        'Non è una condizione per acquistare e posso cambiare idea quando voglio.',
    }),
    offers: (brand) => ({
      title: 'Offerte',
      says:
        `Sì, ${brand} può inviarmi pubblicità con messaggi automatici: offerte, promemoria di riordino, club fedeltà. ` +
        'Non è una condizione per acquistare e posso cambiare idea quando voglio.',
    }),
  },
  toConfirm: 'Non ancora confermato.',
  confirmTitle: 'Conferma la tua scelta',
  confirmSays: (brand) => `Hai scelto tu quello che è segnato qui sotto, e vuoi ancora riceverlo da ${brand}?`,
  confirmButton: 'Sì, confermo',
  confirmed: 'Confermato. Grazie.',

  channels: 'Dove ricevi i messaggi',
  channelsHint: 'Almeno uno. Per non ricevere più nulla, ferma tutto qui sotto.',
  channel: { rcs: 'Chat RCS' },
  channelMissing: 'Scegli almeno un modo per raggiungerti.',

  frequency: 'Quanto spesso, al massimo',
  frequencyHint: 'Ordini e consegne non contano.',
  unlimited: 'Nessun limite',
  mostPerWeek: { 1: 'Una volta alla settimana', 2: 'Due volte alla settimana' },

  pause: 'Pausa',
  pauseLabel: 'Solo ordini e consegne fino al',
  pauseHint: (latest) => `Lascia vuoto per nessuna pausa. L'ultima data possibile è il ${latest}.`,
  pauseWrong: (earliest, latest) => `Per la pausa serve una data dal ${earliest} al ${latest}, oppure nessuna.`,

  zone: 'Il tuo fuso orario',
  zoneThought: (zones) => `Perché nulla arrivi di notte. Pensiamo: ${zones}.`,
  zoneUnknown: 'Perché nulla arrivi di notte. Non conosciamo il tuo, perciò non inviamo domande né offerte.',
  zoneChosen: (zone) => `Perché nulla arrivi di notte. Hai scelto ${zone}.`,
  zoneLabel: 'Il mio fuso',
  zoneAutomatic: 'Rilevalo automaticamente',
  zonesOfCountry: 'Nel tuo Paese',
  zonesElsewhere: 'Altrove',
  notOnList: 'Scegli una delle risposte della pagina.',

  save: 'Salva',

  onlyOrders: 'Solo aggiornamenti sui miei ordini',
  onlyOrdersSays: (brand) =>
    `Niente più consigli, domande, recensioni e offerte da ${brand}. I consensi che hai dato saranno revocati.`,
  stop: 'Ferma tutto',
  stopSays: (brand) => `Nessun messaggio da ${brand}, nemmeno per un ordine in corso. Puoi tornare quando vuoi.`,
  stopButton: 'Ferma tutti i messaggi',
  stoppedTitle: (brand) => `${brand} non ti scrive più`,
  stoppedSays: 'Vale anche per gli ordini in corso. Le tue scelte restano salvate.',
  comeBackHere: 'Puoi tornare quando vuoi da qui.',
  comeBackByReply: (brand) =>
    `Puoi tornare quando vuoi: rispondi START a un messaggio di ${brand}. Questo link non è più valido.`,
  comeBackByShop: (brand, url) => `Per tornare, chiedi a ${brand}: ${url}. Questo link non è più valido.`,
  resumeButton: 'Ricevi di nuovo i messaggi',
  resumed: 'Eccoti di nuovo! Valgono le scelte che avevi fatto.',

  disown: 'Non sei tu?',
  disownSays: (brand) => `${brand} cercava qualcun altro, o hai questo numero da poco? Allora dillo al negozio.`,
  disownButton: 'Non era per me',
  disownedTitle: 'Grazie. Il negozio controllerà',
  disownedSays: (brand) =>
    `I link che ${brand} ha inviato a questo numero non sono più validi e non riceverà offerte finché il negozio non ha controllato. Per non ricevere più nulla, rispondi STOP.`,

  data: 'I tuoi dati',
  dataSays: (brand) => `Tutti i dati che abbiamo su di te per ${brand}: ordini, messaggi, consensi.`,
  dataByCode: 'Per scaricarli o cancellarli ti mandiamo prima un codice via SMS.',
  download: 'Scarica i miei dati',
  erase: 'Cancella i miei dati',
  eraseTitle: 'Cancellare i miei dati?',
  eraseSays: (brand) => [
    `Qui si cancellano il tuo nome, i tuoi numeri, i testi di tutti i messaggi e le tue risposte a ${brand}. I messaggi sugli ordini in corso si fermano.`,
    'Resta, senza nome né numero: la prova dei consensi, per il tempo previsto dalla legge, e il fatto che non dobbiamo scriverti.',
    'Hai 24 ore per ripensarci; dopo non potrai annullare. Il negozio conserva i propri dati sui tuoi ordini: per quelli, chiedi al negozio.',
  ],
  eraseButton: 'Avanti: mandami un codice',
  back: 'Indietro',
  backKeeping: 'Indietro, conserva i miei dati',
  codeTitle: 'Inserisci il codice',
  codeSays: (brand) =>
    `Se questo link è stato inviato a un tuo numero, lì sta arrivando un SMS di ${brand} con un codice di sei cifre.`,
  codeLabel: 'Codice',
  codeHint: 'Vale 10 minuti, per un massimo di cinque tentativi.',
  codeButton: { download: 'Scarica i miei dati', erase: 'Cancella tutto' },
  codeAgain: 'Mandami un altro codice',
  codeWrong: 'Questo codice non funziona. Inserisci l’ultimo che hai ricevuto o fattene inviare un altro.',
  codeUsedUp: (next) =>
    `Questo codice non è più utilizzabile. ${next === undefined ? 'Chiedine un altro.' : `Potrai chiederne un altro da questo momento: ${next}.`}`,
  codeTooMany: (next) =>
    `${next === undefined ? 'Per ora' : `Fino a questo momento: ${next},`} a questo numero non si mandano altri codici. Usa l’ultimo, o riprova più tardi.`,
  fileTitle: 'Il tuo file è pronto',
  fileSays: 'Il pulsante lo salva. Funziona una volta, nei prossimi 10 minuti. Poi serve un altro codice.',
  fileButton: 'Salva il file',
  fileBusy: 'In questo momento troppe persone salvano i loro file. Premi di nuovo il pulsante tra qualche minuto.',
  fileOver: (next) =>
    `Il file è già stato salvato, o i 10 minuti sono passati. ${next === undefined ? 'Per riaverlo, fatti mandare un altro codice.' : `Potrai farti mandare un altro codice da questo momento: ${next}.`}`,
  codeQuietTitle: 'Non sappiamo di chi è questo numero',
  codeQuietSays: (brand) =>
    `${brand} non ha notizie da questo numero da più di 90 giorni. Potrebbe avere un nuovo titolare, perciò nessun codice apre i dati. Per avere o cancellare i tuoi, contatta il negozio: ti chiederà chi sei. Per non ricevere più messaggi, rispondi STOP.`,
  codeQuietAsk: 'Contatta il negozio',
  erasurePlanned: 'I tuoi dati saranno cancellati',
  erasurePlannedSays: (brand, moment) =>
    `Il ${moment}. Fino ad allora ricevi solo aggiornamenti sui tuoi ordini. Per tenere i tuoi dati premi il pulsante, o rispondi NO a ${brand}.`,
  keepData: 'Conserva i miei dati',
  kept: 'I tuoi dati restano. Non si cancella nulla.',

  expiredTitle: 'Questo link è troppo vecchio',
  invalidTitle: 'Questo link non funziona',
  revokedTitle: 'Questo link non è più valido',
  revokedSays:
    'Un link smette di funzionare dopo uno STOP, una richiesta di cancellazione, troppi codici sbagliati, la segnalazione che non era per te, o se il negozio lo revoca. Le scelte fatte prima restano valide.',
  goneTitle: 'Qui non c’è più nulla',
  goneSays: 'Quello a cui portava questo link è stato cancellato. Per domande, rivolgiti al negozio.',
  newLink: 'Rispondi HELP a un messaggio del negozio e ricevi un nuovo link.',
  nothingChanged: 'Non è cambiato nulla.',
  forgedTitle: 'Questa richiesta non viene dalla nostra pagina',
  forgedSays: 'Non è cambiato nulla. Apri di nuovo il link nel messaggio e scegli da lì.',
  stale: 'La pagina è rimasta aperta più di due ore. Non è cambiato nulla: ecco la situazione di adesso.',
  troubleTitle: 'In questo momento non funziona',
  troubleSays: 'Non è cambiato nulla. Riprova tra qualche minuto.',
};
