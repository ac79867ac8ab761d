"""How English reports speech."""

from __future__ import annotations

import re

from processors.fold import word_set
from processors.speech import Speech, each, words_of

_MANY = (
    "police|officials|residents|locals|villagers|analysts|diplomats|organisers|organizers|doctors|experts|critics|witnesses"
    "|observers|rescuers|investigators|prosecutors|authorities|lawyers|farmers|traders|dealers|economists|activists"
    "|unions|groups|environmentalists|lawmakers|fishermen|drivers|workers|parents|families|commuters|tourists|owners"
    "|students|teachers|neighbours|neighbors|officers|scientists|engineers|campaigners|opponents|supporters|exporters"
)
_OTHER = r"(?!(?:that|which|whom?|whose|she|he|they|it|and|but|as|when)\b)"
_SOME = (
    r"the|an?|one|another|his|her|their|its|two|three|four|five|several|some|many|both|most|other|(?:\w+ ){0,2}\w+'s?"
)
_SOMEBODY = rf"(?:{_SOME}) (?:{_OTHER}[\w'-]+ ){{0,7}}?{_OTHER}[\w-]{{3,}}|{_MANY}|one|another|others"
_PERSONS = word_set(
    """commander captain skipper pilot driver farmer visitor guest host nurse doctor teacher student lawyer owner
    widow mother father wife husband son daughter brother sister official officer diplomat analyst expert spokesman
    spokeswoman spokesperson manager player keeper trader worker fisherman shopkeeper resident priest monk nun bishop
    author singer pianist dancer artist actor actress director chef cook engineer scientist professor rector mayor
    governor neighbour neighbor passenger tourist buyer dealer broker banker economist minister president premier
    envoy ambassador leader chief head chairman chairwoman sultan king queen general admiral senator judge coach
    winner suspect defendant soldier sailor guide curator partner colleague friend cousin uncle aunt grandmother
    grandfather niece nephew rival deputy predecessor successor assistant counterpart boss employee founder client
    customer vendor hawker baker butcher barber tailor cleaner miner diver ranger firefighter policeman policewoman
    sergeant major colonel mechanic carpenter weaver potter painter poet novelist writer journalist reporter editor
    photographer historian sociologist biologist linguist researcher scholar fellow lecturer academic pupil graduate
    veteran volunteer activist campaigner organiser organizer secretary clerk receptionist waiter waitress bartender
    landlord tenant commuter voter imam pastor abbot prince princess legislator lawmaker councillor representative
    delegate negotiator prosecutor attorney referee midfielder striker goalkeeper defender champion swimmer runner
    boxer speaker superintendent inspector harbourmaster stallholder exporter importer grower translator interpreter
    consul adviser advisor commissioner conductor composer architect choreographer librarian principal headmaster
    survivor witness"""
)
# What may stand between somebody and the verb of saying.
_BETWEEN = (
    r"(?:,[^,]{0,60},| who [^,]{1,60})?(?: (?:also|later|then|had|has|have|was|is|once|still|however|afterwards|and))*"
)

ENGLISH = Speech(
    words_of(
        """said says say saying admits acknowledges concedes urges promises pledges calls describes hails praises
        wonders suggests maintains predicts complains laments laughs recalls recounts remembers remembered jokes quips
        muses vows agrees disagrees disagreed adds whispered exclaimed grumbled grumbles shrugged smiled grinned
        chuckled summed_up sums_up pointed_out points_out went_on advised advises apologised apologized estimated
        estimates revealed disclosed clarified responds replies answers asks cautions likened dubbed branded labelled
        demanded demands retorted thanked thanks puts_it heard_to_say concluded concludes thought thinks told tells
        tell added adding stated states noted notes noting explained explains remarked remarks declared declares
        announced commented quipped joked recalled warned warns argued argues insisted insists stressed stresses
        emphasised emphasized underlined underscored asked replied answered wrote writes written tweeted posted
        observed continued claimed admitted acknowledged conceded urged promised pledged called described affirmed
        reaffirmed reiterated according_to hailed praised in_the_words_of spoke_of quoted confirmed confirms denied
        denies dismissed dismisses accused accuses accusing responded countered cautioned denounced condemned
        criticised criticized boasted repeated repeats agreed swears swore believes reckons mused vowed assured
        assures shouted pleaded testified put_it termed wondered welcomed maintained predicted suggested recounted
        complained lamented laughed sighed read reads ran muttered mutters murmured murmurs whispers cited telling
        write reflected reflects protested protests ventured ventures interjected scoffed scoffs snapped groaned cried
        cries yelled screamed begged fumed opined opines counselled instructed lauded slammed blasted decried
        lambasted deplored rejected mocked characterised characterized in_the_view_of in_the_opinion_of joking
        recalling insisting arguing explaining describing wished wishes nodded nods grins smiles sighs""",
        r"(?:(?<='s )|(?<=\bhis )|(?<=\bher ))"
        r"(?:answer|reply|words|verdict|response|explanation|advice|comment|motto|summary)",
    ),
    words_of("he she they it"),
    word_set(
        """mr mrs ms miss dr prof professor sir madam president prime minister vice deputy foreign defence defense
        trade energy finance interior senior general major lieutenant colonel captain admiral marshal secretary state
        ambassador senator governor mayor chairman chairwoman chair speaker king queen sultan prince princess his her
        majesty excellency highness datuk dato seri sri tun haji hajah samdech techo daw u the union acting former
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
        rf"\s*((?:the|an?|one|another|his|her|their|its|[\w-]+'s?) (?:[\w-]+ ){{0,3}}?"
        rf"(?:{'|'.join(sorted(_PERSONS))}))\b(?! of\b)"
    ),
    sources=frozenset({"according to", "in the words of", "in the view of", "in the opinion of"}),
    prepositions=each(
        "to with by for from of about against after between under than like over via alongside beside besides behind"
        " among around without following near into opposite towards toward meeting met"
    ),
    agent="by ",
    known=word_set("the this that"),
    bodies=word_set(
        """embassy ministry government department agency company bank office readout police union party committee
        council consulate authority administration statement junta report survey court commission association group
        firm army navy parliament team club study paper newspaper letter draft text declaration communique secretariat
        institute university federation chamber organisation organization corporation airline fund bureau board
        ministers presidents leaders officials kremlin side sides"""
    ),
    persons=_PERSONS,
    others={
        "he": word_set(
            "mother wife daughter sister widow nun actress spokeswoman aunt grandmother niece waitress chairwoman queen"
            " princess policewoman"
        ),
        "she": word_set(
            "father husband son brother monk actor spokesman uncle grandfather nephew waiter chairman king prince"
            " priest bishop policeman fisherman imam"
        ),
    },
    indefinite=word_set("a an another one some two three several many"),
    mute=word_set(
        """banner sign slogan placard poster headline inscription plaque saying proverb song label sticker graffiti
        plate t-shirt notice cover caption"""
    ),
    unnamed_many=re.compile(rf"\s*((?:(?:the|some|many|several|other|[\w-]+'s?) )?(?:[\w-]+ ){{0,2}}?(?:{_MANY}))\b"),
)
