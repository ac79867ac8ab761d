import pytest

from processors.morphology import nominative, russian_forms


def test_a_noun_has_all_its_cases() -> None:
    assert {"Россия", "России", "Россию", "Россией"} <= russian_forms("Россия")


def test_an_adjective_has_gender_number_case_and_the_form_before_a_hyphen() -> None:
    assert {"российского", "российских", "российская", "российско"} <= russian_forms("российский")


def test_words_of_a_name_agree_and_what_depends_on_them_stays() -> None:
    forms = russian_forms("Министерство обороны России")
    assert {"Министерства обороны России", "Министерством обороны России"} <= forms
    assert all(form.endswith("обороны России") for form in forms)
    assert "Евразийской экономической комиссии" in russian_forms("Евразийская экономическая комиссия")


def test_a_person_is_declined_with_both_names() -> None:
    assert {"Владимира Путина", "Владимиром Путиным"} <= russian_forms("Владимир Путин", person=True)


def test_a_foreign_surname_that_no_dictionary_knows_is_declined_too() -> None:
    assert {"Хун Сена", "Хун Сеном", "Хун Сен"} <= russian_forms("Хун Сен", person=True)


def test_capitals_stay_as_the_name_has_them() -> None:
    assert russian_forms("РФ") == {"РФ"}
    assert all(form[0].isupper() for form in russian_forms("Москва"))


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("Иваном Петровым", "Иван Петров"),
        ("Анне Сергеевне Беловой", "Анна Сергеевна Белова"),
        ("Олегом Малым", "Олег Малый"),
        ("Анвара Ибрагима", "Анвар Ибрагим"),
        ("Анна Петров", "Анна Петров"),
        ("Ангелы Меркель", "Ангела Меркель"),
        ("Буй Тхань Шон", "Буй Тхань Шон"),
        ("Президента Петрова", "Президента Петрова"),
    ],
)
def test_a_persons_name_comes_into_the_nominative_where_its_words_agree(found: str, name: str) -> None:
    assert nominative(found.split()) == name.split()
