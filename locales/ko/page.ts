import type { PageWords } from '../page-words.ts';

export const page: PageWords = {
  language: '한국어',
  languages: '언어',
  title: (brand) => `${brand} 메시지 설정`,
  intro: (brand) => `${brand}에서 어떤 소식을 얼마나 자주 받을지 선택하세요.`,
  saved: '저장했습니다. 지금부터 적용됩니다.',
  unchanged: '변경된 내용이 없습니다.',
  errorPrefix: '오류: ',
  checkThese: '아래 내용을 확인해 주세요. 아직 저장되지 않았습니다.',

  topics: '받을 소식',
  orders: {
    title: '주문 및 배송',
    says: '항상 발송됩니다: 주문 확인, 발송, 배송, 반품, 환불. 전체 수신을 중지할 때만 멈춥니다.',
  },
  topic: {
    tips: () => ({ title: '사용 안내', says: '구매하신 제품의 설치, 사용, 관리 방법.' }),
    feedback: (brand) => ({
      title: '만족도 질문',
      says: `예, ${brand}의 만족도 질문 문자 수신에 동의합니다. 언제든지 철회할 수 있습니다.`,
    }),
    reviews: (brand) => ({
      title: '후기 요청',
      says:
        `예, ${brand}의 구매 후기 작성 링크를 자동 발송 문자로 받는 데 동의합니다. 광고성 정보에 해당합니다. ` +
        '구매 조건이 아니며 언제든지 철회할 수 있습니다.',
    }),
    offers: (brand) => ({
      title: '혜택 및 광고',
      says:
        `예, ${brand}의 광고성 정보(할인 혜택, 재구매 안내, 멤버십)를 자동 발송 문자로 받는 데 동의합니다. ` +
        '구매 조건이 아니며 언제든지 철회할 수 있습니다.',
    }),
  },
  toConfirm: '아직 확인되지 않았습니다.',
  confirmTitle: '수신 동의 확인',
  confirmSays: (brand) => `아래에 표시된 ${brand} 소식 수신에 본인이 동의하셨나요? 계속 받으시겠어요?`,
  confirmButton: '예, 확인합니다',
  confirmed: '확인되었습니다. 감사합니다.',

  channels: '수신 방법',
  channelsHint: '하나 이상 선택하세요. 아무것도 받지 않으려면 아래에서 전체 수신을 중지하세요.',
  channel: { rcs: 'RCS 채팅' },
  channelMissing: '수신 방법을 하나 이상 선택해 주세요.',

  frequency: '최대 수신 횟수',
  frequencyHint: '주문 및 배송 소식은 횟수에 포함되지 않습니다.',
  unlimited: '제한 없음',
  mostPerWeek: { 1: '주 1회', 2: '주 2회' },

  pause: '일시 중지',
  pauseLabel: '이 날짜 전까지 주문 및 배송 소식만 받기',
  pauseHint: (latest) => `일시 중지하지 않으려면 비워 두세요. ${latest}까지 선택할 수 있습니다.`,
  pauseWrong: (earliest, latest) => `${earliest}부터 ${latest}까지의 날짜를 입력하거나 비워 두세요.`,

  zone: '시간대',
  zoneThought: (zones) => `밤에 문자가 가지 않도록 사용합니다. 추정 시간대: ${zones}.`,
  zoneUnknown: '밤에 문자가 가지 않도록 사용합니다. 시간대를 알 수 없어 질문과 광고를 보내지 않습니다.',
  zoneChosen: (zone) => `밤에 문자가 가지 않도록 사용합니다. 선택한 시간대: ${zone}.`,
  zoneLabel: '내 시간대',
  zoneAutomatic: '자동으로 확인',
  zonesOfCountry: '거주 국가',
  zonesElsewhere: '다른 지역',
  notOnList: '페이지에 있는 항목 중에서 선택해 주세요.',

  save: '저장',

  onlyOrders: '주문 소식만 받기',
  onlyOrdersSays: (brand) =>
    `${brand}의 사용 안내, 질문, 후기 요청, 광고를 더 이상 받지 않습니다. 기존 수신 동의는 철회됩니다.`,
  stop: '전체 수신 중지',
  stopSays: (brand) =>
    `배송 중인 주문 소식을 포함하여 ${brand}의 모든 메시지를 받지 않습니다. 언제든지 다시 받을 수 있습니다.`,
  stopButton: '모든 메시지 중지',
  stoppedTitle: (brand) => `${brand}에서 더 이상 메시지를 보내지 않습니다`,
  stoppedSays: '배송 중인 주문도 마찬가지입니다. 기존 설정은 유지됩니다.',
  comeBackHere: '이 페이지에서 언제든지 다시 받을 수 있습니다.',
  comeBackByReply: (brand) =>
    `${brand}의 메시지에 START로 답장하면 언제든지 다시 받을 수 있습니다. 이 링크는 종료되었습니다.`,
  comeBackByShop: (brand, url) => `다시 받으려면 ${brand}에 문의해 주세요: ${url}. 이 링크는 종료되었습니다.`,
  resumeButton: '메시지 다시 받기',
  resumed: '다시 오신 것을 환영합니다. 기존 설정대로 보내 드립니다.',

  disown: '본인이 아닌가요?',
  disownSays: (brand) => `${brand}의 메시지가 다른 분께 가야 하거나, 최근에 이 번호를 받으셨다면 쇼핑몰에 알려 주세요.`,
  disownButton: '제게 온 메시지가 아닙니다',
  disownedTitle: '감사합니다. 쇼핑몰에서 확인하겠습니다',
  disownedSays: (brand) =>
    `${brand}에서 이 번호로 보낸 링크는 종료되었고, 확인될 때까지 광고를 보내지 않습니다. 아무것도 받지 않으려면 STOP으로 답장해 주세요.`,

  data: '내 데이터',
  dataSays: (brand) => `고객님과 ${brand}에 관하여 여기에 저장된 모든 정보: 주문, 메시지, 수신 동의.`,
  dataByCode: '내려받거나 삭제하려면 먼저 인증번호를 문자로 보내 드립니다.',
  download: '내 데이터 내려받기',
  erase: '내 데이터 삭제',
  eraseTitle: '내 데이터를 삭제할까요?',
  eraseSays: (brand) => [
    `이름, 전화번호, 모든 메시지 내용과 ${brand}에 보낸 답장이 여기에서 삭제됩니다. 배송 중인 주문의 메시지도 끝납니다.`,
    '이름과 번호 없이 남는 것: 법이 정한 기간 동안의 수신 동의 증빙, 그리고 메시지를 보내지 말라는 기록.',
    '24시간 안에는 취소할 수 있으며, 그 후에는 되돌릴 수 없습니다. 쇼핑몰의 주문 기록은 쇼핑몰에 문의해 주세요.',
  ],
  eraseButton: '계속: 인증번호 받기',
  back: '돌아가기',
  backKeeping: '돌아가기 (데이터 유지)',
  codeTitle: '인증번호 입력',
  codeSays: (brand) =>
    `이 링크를 고객님의 번호로 받으셨다면, ${brand}에서 여섯 자리 인증번호를 그 번호로 보내 드립니다.`,
  codeLabel: '인증번호',
  codeHint: '10분 동안, 다섯 번까지 입력할 수 있습니다.',
  codeButton: { download: '내 데이터 내려받기', erase: '모두 삭제' },
  codeAgain: '인증번호 다시 받기',
  codeWrong: '사용할 수 없는 인증번호입니다. 마지막으로 받은 번호를 입력하거나 다시 받아 주세요.',
  codeUsedUp: (next) =>
    `이 인증번호는 더 이상 사용할 수 없습니다. ${next === undefined ? '인증번호를 다시 받아 주세요.' : `${next}부터 다시 받을 수 있습니다.`}`,
  codeTooMany: (next) =>
    `${next === undefined ? '지금은' : `${next}까지`} 이 번호로 인증번호를 더 보낼 수 없습니다. 마지막 번호를 사용하거나 나중에 다시 시도해 주세요.`,
  fileTitle: '파일이 준비되었습니다',
  fileSays: '버튼을 누르면 파일이 저장됩니다. 10분 안에 한 번만 받을 수 있으며, 그 후에는 인증번호가 다시 필요합니다.',
  fileButton: '파일 저장',
  fileBusy: '지금 파일을 저장하는 분이 너무 많습니다. 몇 분 후에 버튼을 다시 눌러 주세요.',
  fileOver: (next) =>
    `파일을 이미 저장했거나 10분이 지났습니다. ${next === undefined ? '다시 받으려면 인증번호를 다시 받아 주세요.' : `${next}부터 인증번호를 다시 받을 수 있습니다.`}`,
  codeQuietTitle: '번호의 주인을 확인할 수 없습니다',
  codeQuietSays: (brand) =>
    `${brand}에서 90일 넘게 이 번호의 소식을 받지 못했습니다. 번호의 주인이 바뀌었을 수 있어 인증번호로 데이터를 열 수 없습니다. 데이터를 받거나 삭제하려면 쇼핑몰에 문의해 주세요. 본인 확인을 합니다. 메시지를 받지 않으려면 STOP이라고 답장해 주세요.`,
  codeQuietAsk: '쇼핑몰에 문의하기',
  erasurePlanned: '데이터가 삭제될 예정입니다',
  erasurePlannedSays: (brand, moment) =>
    `삭제 시각: ${moment}. 그때까지는 주문 소식만 보내 드립니다. 데이터를 유지하려면 버튼을 누르거나 ${brand}에 '아니요' 또는 NO로 답장해 주세요.`,
  keepData: '데이터 유지',
  kept: '데이터가 유지됩니다. 삭제되지 않습니다.',

  expiredTitle: '오래된 링크입니다',
  invalidTitle: '사용할 수 없는 링크입니다',
  revokedTitle: '종료된 링크입니다',
  revokedSays:
    'STOP을 보내거나, 삭제를 요청하거나, 인증번호를 너무 많이 틀리거나, 본인이 아니라고 알리거나, 쇼핑몰에서 취소하면 링크가 종료됩니다. 그 전에 선택하신 내용은 그대로 적용됩니다.',
  goneTitle: '더 이상 저장된 내용이 없습니다',
  goneSays: '이 링크의 정보는 삭제되었습니다. 궁금한 점은 쇼핑몰에 문의해 주세요.',
  newLink: '쇼핑몰에서 받은 메시지에 HELP로 답장하면 새 링크를 받을 수 있습니다.',
  nothingChanged: '변경된 내용은 없습니다.',
  forgedTitle: '이 페이지에서 보낸 요청이 아닙니다',
  forgedSays: '변경된 내용은 없습니다. 메시지의 링크를 다시 열어 선택해 주세요.',
  stale: '페이지가 두 시간 넘게 열려 있었습니다. 변경된 내용은 없으며, 아래는 현재 설정입니다.',
  troubleTitle: '지금은 사용할 수 없습니다',
  troubleSays: '변경된 내용은 없습니다. 몇 분 후에 다시 시도해 주세요.',
};
