"""How the languages of the region, Russian and Chinese report speech."""

from __future__ import annotations

import re

from processors.fold import word_set
from processors.speech import Speech, anywhere, each, words_of
from processors.speech_english import ENGLISH

_MALAY_PERSONS = word_set(
    """warga penduduk petani nelayan pedagang penjual pembeli sopir supir pengamat pakar peneliti analis pejabat
    diplomat juru jubir jurucakap jurubicara pelatih jurulatih kapten pemain pengurus ketua kepala pemilik pemiliknya
    pengusaha karyawan pekerja buruh mahasiswa siswa pelajar guru dosen dokter doktor perawat hakim jaksa pengacara
    peguam wartawan korban saksi istri suami anak tetangga jiran penumpang pelancong turis wisatawan pengunjung
    penonton seniman penyanyi penyair penulis sutradara aktor aktris menteri presiden gubernur bupati camat lurah duta
    dubes konsul jenderal laksamana polisi polis tentara prajurit imam ustaz pendeta pengarah peniaga pekebun pesawah
    penternak pemandu pegawai sumber direktur manajer pengelola bartender koki tukang perajin sejarawan ekonom ahli
    aktivis relawan sukarelawan penerjemah politisi anggota mantan bekas adiknya kakaknya ibunya ayahnya istrinya
    suaminya anaknya tokoh"""
)
_MALAY_SOMEBODY = (
    rf"(?:(?:seorang|salah seorang|salah satu|para|sejumlah|beberapa) [\w]+|{'|'.join(sorted(_MALAY_PERSONS))})"
    r"(?: [\w]+){0,6}?"
)

_MALAY = Speech(
    words_of(
        """kata katanya ujar ujarnya tutur tuturnya ucap ucapnya ungkap ungkapnya imbuh imbuhnya jelas jelasnya terang
        terangnya tegas tegasnya tambah tambahnya sebut sebutnya papar paparnya lanjut lanjutnya pungkas pungkasnya
        cetus canda candanya keluh keluhnya menurut berkata mengatakan menyatakan menegaskan menyebut menyebutkan
        menjelaskan menambahkan mengungkapkan menuturkan memaparkan mengaku menilai mengingatkan menulis bercanda
        memberitahu bertanya menjawab dikutip seloroh selorohnya kelakar kelakarnya gurau guraunya sahut timpal
        sambung sambungnya kenang kenangnya bercerita mengeluh membantah menyebutnya berpendapat nilai nilainya
        demikian menyifatkan mengeluhkan mengatakannya berujar berseloroh bergurau mengakui memuji mengecam menyindir
        menyambut balas balasnya tempelak selar ulas ulasnya mengucapkan berharap meyakini terangnya kilahnya kilah
        akunya aku bebernya beber harapnya"""
    ),
    words_of("dia ia beliau mereka katanya ujarnya tuturnya ucapnya ungkapnya imbuhnya jelasnya tegasnya tambahnya"),
    word_set(
        """presiden wakil menteri luar negeri pertahanan perdagangan energi perdana jenderal letnan kolonel laksamana
        duta besar dubes gubernur bupati wali kota ketua sekretaris juru bicara jubir direktur kepala bapak pak ibu bu
        haji hj dr ir prof profesor tun sri datuk dato seri datin encik puan raja sultan pengamat pakar peneliti
        analis menlu menhan mendag menko politik"""
    ),
    sources=frozenset({"menurut"}),
    prepositions=each("dengan oleh kepada dari untuk terhadap bersama tentang daripada di ke pada bertemu"),
    unnamed_before=re.compile(
        rf"(?:\A|[,;:])\s*({_MALAY_SOMEBODY})(?: yang [^,]+)?"
        r"(?: (?:juga|kemudian|lalu|pun|sempat|turut|telah|sudah|hanya))*\s*\Z"
    ),
    unnamed_after=re.compile(
        rf"\A\s*({_MALAY_SOMEBODY})(?=[,.;:(]|\Z"
        r"| (?:di|dari|yang|kepada|pada|saat|ketika|usai|dalam|sambil|lewat|melalui|bernama|asal|dengan)\b)"
    ),
    known=word_set("itu tersebut berkenaan"),
    bodies=word_set(
        "kementerian kedutaan pemerintah kerajaan pernyataan kenyataan badan dewan partai perusahaan syarikat"
    ),
    persons=_MALAY_PERSONS,
    indefinite=word_set("seorang salah para sejumlah beberapa"),
)

_VIETNAMESE = Speech(
    words_of(
        """nói nói_rằng cho_biết cho_hay cho_rằng khẳng_định nhấn_mạnh phát_biểu chia_sẻ bày_tỏ tuyên_bố đánh_giá
        nhận_định nhận_xét trả_lời hỏi kể viết đề_nghị lưu_ý cảnh_báo bổ_sung thông_báo kêu_gọi theo_lời dẫn_lời
        tâm_sự giải_thích kể_lại đùa bộc_bạch cười than than_thở thừa_nhận nhớ_lại tiết_lộ phân_tích trần_tình
        gọi_đó_là gọi_đây_là mô_tả nhắc_lại khuyên than_phiền phàn_nàn khoe thốt_lên nói_thêm nói_đùa ví phản_hồi
        nêu_rõ nêu cảm_ơn""",
        r"theo(?= (?:ông|bà|anh|chị|đại sứ|bộ trưởng|thủ tướng|chủ tịch|giáo sư)\b)",
    ),
    words_of("ông bà anh chị cô ông_ấy bà_ấy anh_ấy cô_ấy họ"),
    word_set(
        """ông bà anh chị cô phó thủ tướng bộ trưởng chủ tịch tổng thống bí thư đại sứ ngoại giao thứ đồng chí gs ts
        ths pgs tiến sĩ giáo sư giám đốc nước nga việt nam trung đại thượng tá"""
    ),
    sources=frozenset({"theo lời", "dẫn lời", "theo"}),
    prepositions=each("với của cho bởi từ cùng về tại ở"),
    unnamed_before=re.compile(
        r"(?:\A|[,;:])\s*((?:một|nhiều|các|những|hai|ba|người) [^,;:]{2,40}?)(?: (?:ở|tại|của|trong|từ) [^,;:]*)?"
        r"(?: (?:cũng|đã|vừa|còn))*\s*\Z"
    ),
    persons=word_set("ông bà anh chị cô em thầy cụ bác dân viên sĩ sư lái xế thợ tên sinh gia nhân"),
    indefinite=word_set("một nhiều các những hai ba"),
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
        r"|цитирует|пишет|заключил|заключила|полагает|полагают|благодарит|поблагодарил|поблагодарила|похвалил|уверяет"
        r"|уверял|уверяла|уверяют|резюмирует|подытоживает|отвечает|предупреждает|подтверждает|настаивает|настаивал"
        r"|настаивала|возмущается|удивляется|восклицает|восклицал|прокомментировал|прокомментировала|комментирует"
        r"|выразился|выразилась|сетует|парирует|парировал|замечает|объясняет|описал|описала|описывает|сравнил"
        r"|сравнила|охарактеризовал|охарактеризовала|отвечал|отвечала|отрезал|отрезала|бросил|бросила|посоветовал"
        r"|посоветовала|спрашивает|делится|пожелал|пожелала|обещает|оценил|оценила|прошептал|прошептала|заверил"
        r"|заверила|полагал|полагала|констатирует|говорят|сообщают|сообщили|рассказали|жалуются|по данным"
        r"|по выражению)(?!\w)"
    ),
    words_of("он она они его ее"),
    word_set(
        """президент премьер министр глава мид рф сша вице замминистра замглавы посол директор генеральный
        председатель спикер сенатор депутат генерал адмирал король султан эксперт аналитик профессор доктор госпожа
        господин губернатор секретарь"""
    ),
    sources=frozenset({"по словам", "по мнению", "по выражению"}),
    prepositions=each("с со от к ко для о об у при перед против после из"),
    unnamed_after=re.compile(
        r"\A\s*((?:один|одна|некий|некая|местный|местная|местные|другой|другая) (?:из )?[а-я]+(?: [а-я]+)?)"
        r"(?=[,.;:]|\Z| (?:из|в|на|с|у|по|от|о|для|при|после|перед|под)\b)"
    ),
    persons=word_set(
        """сосед соседка брат сестра муж жена сын дочь мать отец продавец продавщица хозяин хозяйка владелец владелица
        покупатель покупательница турист туристка рыбак фермер водитель студент студентка преподаватель
        преподавательница учитель учительница врач медсестра тренер капитан футболист певец певица режиссер художник
        художница писатель ветеран пенсионер пенсионерка пассажир гид переводчик переводчица коллега подруга друг
        имени"""
    ),
    unnamed_before=re.compile(
        r"(?:\A|[,;:])\s*((?:представител[ья]|представительница|источник|собеседник|чиновник|сотрудник|житель|жительница"
        r"|пресс служба)(?: [а-я]+){0,3}"
        r"|(?:один|одна|некий|некая|местный|местная|местные|другой|другая) (?:из )?[а-я]+(?: [а-я]+)?)\s*\Z"
    ),
    unnamed_last=re.compile(
        r"\A\s*((?!(?:он|она|они|это|вчера|сегодня|тогда|накануне|журналист|ему|ей|им)\b|журналист)[а-я]{4,}"
        r"(?: [а-я]{4,}){0,2}?)(?=[,.;:]|\Z| (?:из|в|на|с|у|по|от|о|для|при|после|перед|под)\b)"
    ),
    indefinite=word_set("один одна некий некая другой другая"),
)

_THAI = Speech(
    anywhere(
        """กล่าว เผย ระบุ บอก ให้สัมภาษณ์ ชี้ ย้ำ แถลง พูด เล่า ตอบ ยืนยัน อธิบาย เสริม โพสต์ เตือน มองว่า เห็นว่า
        วิเคราะห์ ประเมินว่า หัวเราะ วิจารณ์ บ่น ถาม เขียน ตั้งข้อสังเกต ยอมรับ ยกย่อง เรียก"""
    ),
    anywhere("เขา เธอ ท่าน"),
    frozenset(),
)

_CHINESE = Speech(
    anywhere(
        """说 表示 称 指出 强调 认为 告诉 补充 写道 抱怨 回应 透露 警告 坦言 感叹 說 強調 認為 告訴 補充 稱 抱怨 回應
        笑道 叹道 问道 答道 宣布 批评 直言 解释 介绍 回忆 评价 形容 叹了口气 感慨 呼吁 吐槽 笑言"""
    ),
    re.compile("(?<!其)[他她](?![的们們])"),
    frozenset(),
)

_TAGALOG = Speech(
    words_of(
        """sabi ani aniya ayon_kay ayon_sa wika giit dagdag saad pahayag sinabi kuwento biro sambit hirit tugon
        paliwanag diin banggit puna said told added reklamo bulalas tawag tinawag sagot ikinuwento idinagdag binanggit
        iginiit ipinaliwanag pag_amin amin himutok"""
    ),
    words_of("siya niya sila aniya he she"),
    ENGLISH.titles,
    sources=frozenset({"ayon kay", "ayon sa"}),
    unnamed_after=re.compile(
        r"\A\s*(?:pa |naman |rin |din )?(?:ng|ang) ((?:isang |isa sa |mga )?[\w]+(?: [\w]+){0,3}?)"
        r"(?=[,.;:]|\Z| (?:sa|na|kay|nang|habang)\b)"
    ),
    known=word_set(
        "pangulo kalihim ministro embahador alkalde gobernador heneral senador opisyal diplomatiko tagapagsalita"
    ),
    bodies=word_set("embahada ministeryo pamahalaan gobyerno kagawaran kompanya bangko ahensiya partido pahayag"),
    indefinite=word_set("isang isa mga"),
)

_PORTUGUESE = Speech(
    words_of(
        """disse diz dizem afirmou afirma contou conta declarou declara acrescentou explicou explica referiu refere
        sublinhou frisou garantiu lembrou recordou admitiu escreveu respondeu salientou considerou defendeu alertou
        anunciou brincou concluiu segundo de_acordo_com queixa_se queixou_se ri comentou comenta classificou descreveu
        agradeceu"""
    ),
    words_of("ele ela eles elas"),
    word_set(
        """presidente primeiro ministro ministra vice embaixador embaixadora secretário geral diretor diretora senhor
        senhora dom dr dra general coronel professor professora chefe deputado deputada bispo padre"""
    ),
    sources=frozenset({"segundo", "de acordo com"}),
    prepositions=each("com de do da dos das a ao por pelo pela para"),
    unnamed_after=re.compile(
        r"\A\s*((?:um|uma|o|a|os|as|outro|outra) \w+(?: \w+){0,3}?)"
        r"(?=[,.;:]|\Z| (?:em|de|do|da|no|na|que|ao|aos|durante|com|apos|para)\b)"
    ),
    known=word_set("o a"),
    bodies=word_set("embaixada governo ministerio comunicado empresa banco policia partido comissao"),
    indefinite=word_set("um uma outro outra"),
)

_KHMER = Speech(anywhere("ថ្លែង និយាយ មានប្រសាសន៍ បញ្ជាក់ លើកឡើង ប្រាប់"), anywhere("គាត់ លោកស្រី"), frozenset())

_LAO = Speech(anywhere("ກ່າວ ບອກ ລະບຸ ເວົ້າ ຢືນຢັນ"), anywhere("ເຂົາ ເພິ່ນ"), frozenset())

_BURMESE = Speech(anywhere("ပြော ဆိုသည် မိန့်"), anywhere("သူက သူမက"), frozenset())

_LANGUAGES = {
    "en": ENGLISH,
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
    return _LANGUAGES.get(language, ENGLISH)
