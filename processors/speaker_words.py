"""Words by which a name is known for somebody's, or for none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from processors.fold import word_set

THAI = re.compile("[฀-๿]")
THAI_NAME = re.compile(
    r"(?:(?<![฀-๿])|(?<=ด้าน)|(?<=โดย)|(?<=กับ)|(?<=ของ)|(?<=และ)|(?<=ที่)|(?<=ให้)|(?<=ว่า)|(?<=แก่)|(?<=ต่อ)|(?<=คือ)|(?<=ถึง))"
    r"(?:นาย(?!ก)|นางสาว|นาง|คุณ|ดร\.|พล\.[อทตร]\.(?:อ\.|ท\.|ต\.)?|ศ\.|รศ\.|ผศ\.)\s*([฀-๿]+(?: [฀-๿]+)?)"
)

# What stands after these tells rather where somebody belongs.
BELONGING = word_set(
    "warga penduduk anggota pejabat pemain mahasiswa siswa polisi polis ketua kepala gubernur bupati presiden menteri"
    " camat lurah duta dubes konsul juru jubir tokoh pegawai karyawan"
)
# Words that show a capitalised name to be no person's.
IMPERSONAL = word_set(
    """asia pacific ocean sea university institute ministry party summit forum council bank centre center street road
    group union association agency authority department court parliament committee company corporation state city
    province district river island airport square hotel club cup league day week month january february march april
    may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
    senin selasa rabu kamis jumat sabtu minggu januari februari maret mei juni juli agustus oktober desember badan
    kementerian dewan universitas partai jalan pelabuhan bandara pelaburan perdagangan industri pertanian pertahanan
    perindustrian kewangan kesihatan kesehatan pendidikan pengajian совет совета думы госдумы правительства комитета
    фонда банка министерства партии федерации square theatre theater museum park tower palace bay beach school college
    news times post daily house prize games olympics pasar stasiun kota desa kabupaten provinsi pulau gunung sungai
    danau masjid gereja sekolah rumah istana gedung stadion market station mosque church temple north south east west
    northern southern eastern western world united national international"""
)
# Capitalised at the beginning of a clause, and no names.
NO_NAMES = word_set(
    "the a an in on at he she it they we i but and his her their its this that these those as when while"
    " как что это так но по об"
)
# Capitalised where they open a sentence, right before a name.
OPENERS = word_set(
    "when while as if but after before since though although because today yesterday for from and in at with di dari ke"
    " pada bagi kepada namun sementara sejak dalam untuk menurut segundo theo sinabi ayon"
)


def is_personal(words: Sequence[str]) -> bool:
    """Return whether no word of a name shows it to be that of a place, a body or a day."""
    return not any(word.lower() in IMPERSONAL or word == "of" for word in words)
