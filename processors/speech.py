"""How speech is reported, by language: verbs of saying, pronouns, titles before a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from processors.fold import word_set


@dataclass(frozen=True)
class Speech:
    """One language's words for reporting speech, compared with folded, lower-case text.

    What follows one of `sources` is who speaks ("according to"), what follows one of `prepositions` is not; the `agent`
    stands before who acts in a passive. The patterns of those who speak without a name hold them in their first group:
    before the verb, after it, and as the subject of a sentence. What begins with a word of `known` and is none of the
    `bodies` is a person whom the text knows.
    """

    verbs: re.Pattern[str]
    pronouns: re.Pattern[str]
    titles: frozenset[str]
    unnamed_before: re.Pattern[str] | None = None
    unnamed_after: re.Pattern[str] | None = None
    unnamed_subject: re.Pattern[str] | None = None
    sources: frozenset[str] = frozenset()
    prepositions: tuple[list[str], ...] = ()
    agent: str = ""
    known: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()


def _words(words: str) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(word.replace("_", " ")) for word in sorted(words.split(), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


def _each(words: str) -> tuple[list[str], ...]:
    return tuple([word] for word in words.split())


def _anywhere(words: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True)))


_MANY = (
    "police|officials|residents|locals|villagers|analysts|diplomats|organisers|organizers|doctors|experts|critics|witnesses"
    "|observers|rescuers|investigators|prosecutors|authorities|lawyers|farmers|traders|dealers|economists|activists"
    "|students|teachers|neighbours|neighbors|officers|scientists|engineers|campaigners|opponents|supporters|exporters"
)
_OTHER = r"(?!(?:that|which|whom?|whose|she|he|they|it|and|but|as|when)\b)"
_SOMEBODY = (
    rf"(?:the|an?|one|another|his|her|their|its|[\w-]+'s?) (?:{_OTHER}[\w'-]+ ){{0,7}}?{_OTHER}[\w-]{{3,}}|{_MANY}"
)
_PERSONS = (
    "commander|captain|skipper|pilot|driver|farmer|visitor|guest|host|nurse|doctor|teacher|student|lawyer|owner|widow|mother"
    "|father|wife|husband|son|daughter|brother|sister|official|officer|diplomat|analyst|expert|spokesman|spokeswoman|manager"
    "|player|keeper|trader|worker|fisherman|shopkeeper|resident|priest|monk|nun|bishop|author|singer|pianist|dancer|artist"
    "|actor|actress|director|chef|cook|engineer|scientist|professor|rector|mayor|governor|neighbour|neighbor|passenger"
    "|tourist|buyer|dealer|broker|banker|economist|minister|president|premier|envoy|ambassador|leader|chief|head|chairman"
    "|sultan|king|queen|general|admiral|senator|judge|coach|winner|suspect|defendant|soldier|sailor|guide|curator"
)
# What may stand between somebody and the verb of saying.
_BETWEEN = (
    r"(?:,[^,]{0,60},| who [^,]{1,60})?(?: (?:also|later|then|had|has|have|was|is|once|still|however|afterwards|and))*"
)

_ENGLISH = Speech(
    _words(
        """said says say saying admits acknowledges concedes urges promises pledges calls describes hails praises
        wonders suggests maintains predicts complains laments laughs recalls recounts remembers remembered jokes
        quips muses vows agrees disagrees disagreed adds whispered exclaimed grumbled grumbles shrugged smiled
        grinned chuckled summed_up sums_up pointed_out points_out went_on advised advises apologised apologized
        estimated estimates revealed disclosed clarified responds replies answers asks cautions likened dubbed
        branded labelled demanded demands retorted thanked thanks puts_it heard_to_say concluded concludes thought
        thinks told tells tell added adding stated states noted notes noting explained explains remarked remarks
        declared declares announced commented quipped joked recalled warned warns argued argues insisted insists
        stressed stresses emphasised emphasized underlined underscored asked replied answered wrote writes tweeted
        posted observed continued claimed admitted acknowledged conceded urged promised pledged called described
        affirmed reaffirmed reiterated according_to hailed praised in_the_words_of spoke_of quoted confirmed
        confirms denied denies dismissed dismisses accused accuses accusing responded countered cautioned
        denounced condemned criticised criticized boasted repeated repeats agreed swears swore believes reckons
        mused vowed assured assures shouted pleaded testified put_it termed wondered welcomed maintained predicted
        suggested recounted complained lamented laughed sighed read reads ran"""
    ),
    _words("he she they it"),
    word_set(
        """mr mrs ms miss dr prof professor sir madam president prime minister vice deputy foreign defence defense trade
        energy finance interior senior general major lieutenant colonel captain admiral marshal secretary state
        ambassador
        senator governor mayor chairman chairwoman chair speaker king queen sultan prince princess his her majesty
        excellency highness datuk dato seri sri tan tun haji hajah samdech techo daw u the union acting former
        chancellor premier envoy director chief executive officer ceo consul counsellor spokesman spokeswoman
        spokesperson congressman representative justice judge father sister brother coach political scientist analyst
        russian"""
    ),
    unnamed_before=re.compile(rf"(?:\A|[,;:—–]|\b(?:and|but|while|that|when|where))\s*({_SOMEBODY}){_BETWEEN}\s*\Z"),
    unnamed_after=re.compile(
        rf"\A\s*({_SOMEBODY})(?=[,.;:]|\Z| (?:who|whose|which|that|at|of|in|from|on|as|after|before|with|near|during|by"
        r"|when|while|told|to|for|about|outside|and)\b)"
    ),
    unnamed_subject=re.compile(
        rf"\s*((?:an?|one|another|his|her|their|its|[\w-]+'s?) (?:[\w-]+ ){{0,3}}?(?:{_PERSONS}))\b(?! of\b)"
    ),
    sources=frozenset({"according to", "in the words of"}),
    prepositions=_each("to with by for from of about against after between under than like over via"),
    agent="by ",
    known=word_set("the this that"),
    bodies=word_set(
        """embassy ministry government department agency company bank office readout police union party committee
        council consulate authority administration statement junta report survey court commission association
        group firm army navy parliament team club study paper newspaper letter draft text declaration communique
        secretariat institute university federation chamber organisation organization corporation airline fund
        bureau board ministers presidents leaders officials kremlin side sides"""
    ),
)

_MALAY = Speech(
    _words(
        """kata katanya ujar ujarnya tutur tuturnya ucap ucapnya ungkap ungkapnya imbuh imbuhnya jelas jelasnya terang
        terangnya tegas tegasnya tambah tambahnya sebut sebutnya papar paparnya lanjut lanjutnya pungkas pungkasnya
        cetus canda candanya keluh keluhnya menurut berkata mengatakan menyatakan menegaskan menyebut menyebutkan
        menjelaskan menambahkan mengungkapkan menuturkan memaparkan mengaku menilai mengingatkan menulis bercanda
        memberitahu bertanya menjawab dikutip seloroh selorohnya kelakar kelakarnya gurau guraunya sahut timpal sambung
        sambungnya kenang kenangnya bercerita mengeluh membantah menyebutnya berpendapat"""
    ),
    _words("dia ia beliau mereka katanya ujarnya tuturnya ucapnya ungkapnya imbuhnya jelasnya tegasnya tambahnya"),
    word_set(
        """presiden wakil menteri luar negeri pertahanan perdagangan energi perdana jenderal letnan kolonel laksamana
        duta besar dubes gubernur bupati wali kota ketua sekretaris juru bicara jubir direktur kepala bapak pak ibu bu
        haji hj dr ir prof profesor tun tan sri datuk dato seri datin encik puan raja sultan pengamat pakar peneliti
        analis menlu menhan mendag menko politik"""
    ),
    sources=frozenset({"menurut"}),
    prepositions=_each("dengan oleh kepada dari untuk terhadap bersama tentang daripada"),
)

_VIETNAMESE = Speech(
    _words(
        """nói nói_rằng cho_biết cho_hay cho_rằng khẳng_định nhấn_mạnh phát_biểu chia_sẻ bày_tỏ tuyên_bố đánh_giá
        nhận_định nhận_xét trả_lời hỏi kể viết đề_nghị lưu_ý cảnh_báo bổ_sung thông_báo kêu_gọi theo_lời dẫn_lời tâm_sự
        giải_thích kể_lại đùa bộc_bạch cười than than_thở thừa_nhận nhớ_lại tiết_lộ phân_tích trần_tình"""
    ),
    _words("ông bà anh chị cô ông_ấy bà_ấy anh_ấy cô_ấy họ"),
    word_set(
        """ông bà anh chị cô phó thủ tướng bộ trưởng chủ tịch tổng thống bí thư đại sứ ngoại giao thứ đồng chí gs ts ths
        pgs tiến sĩ giáo sư giám đốc nước nga việt nam trung đại thượng tá"""
    ),
    sources=frozenset({"theo lời", "dẫn lời"}),
    prepositions=_each("với của cho bởi từ cùng về"),
)

_RUSSIAN = Speech(
    re.compile(
        r"(?<!\w)(?:(?:сказа|назва|улыбну|усмехну|посетова|пожалова|похвали|рассуди|возрази|подытожи"
        r"|заяви|отмети|добави|подчеркну|рассказа|сообщи|поясни|объясни|уточни|написа|ответи|призна"
        r"|напомни|спроси|пошути|указа|констатирова|утвержда|говори|счита|предупреди|резюмирова|вспомни|подели|замети"
        r"|продолжи|подтверди|пообеща|призва|вздохну)(?:л|ла|ли|лся|лась)"
        r"|говорит|говорят|отмечает|считает|подчеркивает|заявляет|поясняет|рассказывает|добавляет|сообщает|признается"
        r"|утверждает|шутит|жалуется|рассуждает|вздыхает|улыбается|смеется|вспоминает|говорится|признает|пишут|называет"
        r"|уверен|уверена|уверены|по (?:его |ее |их )?словам|по (?:его |ее |их )?мнению"
        r"|цитирует|пишет|заключил|заключила)(?!\w)"
    ),
    _words("он она они его ее"),
    word_set(
        """президент премьер министр глава мид рф сша вице замминистра замглавы посол директор генеральный председатель
        спикер сенатор депутат генерал адмирал король султан эксперт аналитик профессор доктор госпожа господин
        губернатор секретарь"""
    ),
    sources=frozenset({"по словам", "по мнению"}),
    prepositions=_each("с со от к ко для о об у при перед против после из"),
)

_THAI = Speech(
    _anywhere("กล่าว เผย ระบุ บอก ให้สัมภาษณ์ ชี้ ย้ำ แถลง พูด เล่า ตอบ ยืนยัน อธิบาย เสริม โพสต์ เตือน"),
    _anywhere("เขา เธอ ท่าน"),
    frozenset(),
)

_CHINESE = Speech(
    _anywhere(
        "说 表示 称 指出 强调 认为 告诉 补充 写道 抱怨 回应 透露 警告 坦言 感叹 說 強調 認為 告訴 補充 稱 抱怨 回應"
    ),
    re.compile("(?<!其)[他她](?![的们們])"),
    frozenset(),
)

_TAGALOG = Speech(
    _words(
        """sabi ani aniya ayon_kay ayon_sa wika giit dagdag saad pahayag sinabi kuwento biro sambit hirit tugon
        paliwanag diin banggit puna said told added"""
    ),
    _words("siya niya sila aniya he she"),
    _ENGLISH.titles,
    sources=frozenset({"ayon kay", "ayon sa"}),
)

_PORTUGUESE = Speech(
    _words(
        """disse diz dizem afirmou afirma contou conta declarou declara acrescentou explicou explica referiu refere
        sublinhou frisou garantiu lembrou recordou admitiu escreveu respondeu salientou considerou defendeu alertou
        anunciou brincou concluiu segundo de_acordo_com"""
    ),
    _words("ele ela eles elas"),
    word_set(
        """presidente primeiro ministro ministra vice embaixador embaixadora secretário geral diretor diretora
        senhor senhora dom dr dra general coronel professor professora chefe deputado deputada bispo padre"""
    ),
    sources=frozenset({"segundo", "de acordo com"}),
    prepositions=_each("com de do da dos das a ao por pelo pela para"),
)

_KHMER = Speech(_anywhere("ថ្លែង និយាយ មានប្រសាសន៍ បញ្ជាក់ លើកឡើង ប្រាប់"), _anywhere("គាត់ លោកស្រី"), frozenset())

_LAO = Speech(_anywhere("ກ່າວ ບອກ ລະບຸ ເວົ້າ ຢືນຢັນ"), _anywhere("ເຂົາ ເພິ່ນ"), frozenset())

_BURMESE = Speech(_anywhere("ပြော ဆိုသည် မိန့်"), _anywhere("သူက သူမက"), frozenset())

_LANGUAGES = {
    "en": _ENGLISH,
    "id": _MALAY,
    "ms": _MALAY,
    "vi": _VIETNAMESE,
    "ru": _RUSSIAN,
    "th": _THAI,
    "zh": _CHINESE,
    "tl": _TAGALOG,
    "pt": _PORTUGUESE,
    "km": _KHMER,
    "lo": _LAO,
    "my": _BURMESE,
}


def speech_of(language: str) -> Speech:
    """Return how the language reports speech; English ways where they are not known."""
    return _LANGUAGES.get(language, _ENGLISH)
