// PostgreSQL 15's words in its message catalogs (postgres-15.mo), with the languages that use them. Where one
// language has one word for two levels (Georgian for NOTICE and WARNING), the graver one counts.
#include "tail/internal/severity_words.h"

namespace selfheal::tail {
namespace {

// clang-format off
// sorted
constexpr SeverityWord kSeverityWords[] = {
    {"ATTENTION", "WARNING"},  // fr
    {"ATTENZIONE", "WARNING"},  // it
    {"DEBUG", "DEBUG"},  // en de es fr it ja sv
    {"ERREUR", "ERROR"},  // fr
    {"ERROR", "ERROR"},  // en es ja
    {"ERRORE", "ERROR"},  // it
    {"FATAL", "FATAL"},  // en de es fr ja
    {"FATALE", "FATAL"},  // it
    {"FATALT", "FATAL"},  // sv
    {"FEHLER", "ERROR"},  // de
    {"FEL", "ERROR"},  // sv
    {"HINWEIS", "NOTICE"},  // de
    {"INFO", "INFO"},  // en de es fr it ja sv
    {"LOG", "LOG"},  // en de es fr it ja
    {"LOGG", "LOG"},  // sv
    {"NOTICE", "NOTICE"},  // en es fr ja
    {"NOTIFICA", "NOTICE"},  // it
    {"NOTIS", "NOTICE"},  // sv
    {"PANIC", "PANIC"},  // en es fr ja
    {"PANICO", "PANIC"},  // it
    {"PANIK", "PANIC"},  // de sv
    {"VARNING", "WARNING"},  // sv
    {"WARNING", "WARNING"},  // en es ja
    {"WARNUNG", "WARNING"},  // de
    {"ІНФОРМАЦІЯ", "INFO"},  // uk
    {"ВАЖНО", "FATAL"},  // ru
    {"ЗАМЕЧАНИЕ", "NOTICE"},  // ru
    {"ЗАПИСУВАННЯ", "LOG"},  // uk
    {"ИНФОРМАЦИЯ", "INFO"},  // ru
    {"НАЛАГОДЖЕННЯ", "DEBUG"},  // uk
    {"ОТЛАДКА", "DEBUG"},  // ru
    {"ОШИБКА", "ERROR"},  // ru
    {"ПАНІКА", "PANIC"},  // uk
    {"ПАНИКА", "PANIC"},  // ru
    {"ПОВІДОМЛЕННЯ", "NOTICE"},  // uk
    {"ПОМИЛКА", "ERROR"},  // uk
    {"ПОПЕРЕДЖЕННЯ", "WARNING"},  // uk
    {"ПРЕДУПРЕЖДЕНИЕ", "WARNING"},  // ru
    {"СООБЩЕНИЕ", "LOG"},  // ru
    {"ФАТАЛЬНО", "FATAL"},  // uk
    {"გამართვა", "DEBUG"},  // ka
    {"გაფრთხილება", "WARNING"},  // ka
    {"ინფორმაცია", "INFO"},  // ka
    {"პანიკა", "PANIC"},  // ka
    {"ჟურნალი", "LOG"},  // ka
    {"ფატალური", "FATAL"},  // ka
    {"შეცდომა", "ERROR"},  // ka
    {"信息", "INFO"},  // zh_CN
    {"嚴重錯誤", "PANIC"},  // zh_TW
    {"日志", "LOG"},  // zh_CN
    {"日誌", "LOG"},  // zh_TW
    {"注意", "NOTICE"},  // zh_CN zh_TW
    {"灾难性错误", "PANIC"},  // zh_CN
    {"致命錯誤", "FATAL"},  // zh_TW
    {"致命错误", "FATAL"},  // zh_CN
    {"警告", "WARNING"},  // zh_CN zh_TW
    {"调试", "DEBUG"},  // zh_CN
    {"資訊", "INFO"},  // zh_TW
    {"錯誤", "ERROR"},  // zh_TW
    {"错误", "ERROR"},  // zh_CN
    {"除錯", "DEBUG"},  // zh_TW
    {"경고", "WARNING"},  // ko
    {"디버그", "DEBUG"},  // ko
    {"로그", "LOG"},  // ko
    {"손상", "PANIC"},  // ko
    {"알림", "NOTICE"},  // ko
    {"오류", "ERROR"},  // ko
    {"정보", "INFO"},  // ko
    {"치명적오류", "FATAL"},  // ko
};

// sorted
constexpr PartLabel kPartLabels[] = {
    {"ANFRAGE:  ", LogPart::query},  // de
    {"ANWEISUNG:  ", LogPart::statement},  // de
    {"ASTUCE :  ", LogPart::hint},  // fr
    {"BACKTRACE:  ", LogPart::backtrace},  // en de es it sv
    {"CONSULTA:  ", LogPart::query},  // es
    {"CONTESTO:  ", LogPart::context},  // it
    {"CONTEXT:  ", LogPart::context},  // en
    {"CONTEXTE :  ", LogPart::context},  // fr
    {"CONTEXTO:  ", LogPart::context},  // es
    {"DETAIL:  ", LogPart::detail},  // en de
    {"DETALJ:  ", LogPart::detail},  // sv
    {"DETALLE:  ", LogPart::detail},  // es
    {"DETTAGLI:  ", LogPart::detail},  // it
    {"DÉTAIL:  ", LogPart::detail},  // fr
    {"EMPLACEMENT :  ", LogPart::location},  // fr
    {"FRÅGA:  ", LogPart::query},  // sv
    {"HINT:  ", LogPart::hint},  // en es
    {"INSTRUCTION :  ", LogPart::statement},  // fr
    {"ISTRUZIONE:  ", LogPart::statement},  // it
    {"KONTEXT:  ", LogPart::context},  // sv
    {"LOCATION:  ", LogPart::location},  // en
    {"ORT:  ", LogPart::location},  // de
    {"PILE D'APPEL : ", LogPart::backtrace},  // fr
    {"PLATS:  ", LogPart::location},  // sv
    {"POSIZIONE:  ", LogPart::location},  // it
    {"QUERY:  ", LogPart::query},  // en it
    {"REQUÊTE :  ", LogPart::query},  // fr
    {"SATS:  ", LogPart::statement},  // sv
    {"SENTENCIA:  ", LogPart::statement},  // es
    {"STATEMENT:  ", LogPart::statement},  // en
    {"SUGGERIMENTO:  ", LogPart::hint},  // it
    {"TIPP:  ", LogPart::hint},  // de
    {"TIPS:  ", LogPart::hint},  // sv
    {"UBICACIÓN:  ", LogPart::location},  // es
    {"ZUSAMMENHANG:  ", LogPart::context},  // de
    {"ІНСТРУКЦІЯ:  ", LogPart::statement},  // uk
    {"ВІДОМОСТІ:  ", LogPart::detail},  // uk
    {"ВІДСТЕЖУВАТИ:  ", LogPart::backtrace},  // uk
    {"ЗАПИТ:  ", LogPart::query},  // uk
    {"ЗАПРОС:  ", LogPart::query},  // ru
    {"КОНТЕКСТ:  ", LogPart::context},  // ru uk
    {"ОПЕРАТОР:  ", LogPart::statement},  // ru
    {"ПОДРОБНОСТИ:  ", LogPart::detail},  // ru
    {"ПОДСКАЗКА:  ", LogPart::hint},  // ru
    {"ПОЛОЖЕНИЕ: ", LogPart::location},  // ru
    {"РОЗТАШУВАННЯ:  ", LogPart::location},  // uk
    {"СТЕК:  ", LogPart::backtrace},  // ru
    {"УКАЗІВКА:  ", LogPart::hint},  // uk
    {"დეტალები:  ", LogPart::detail},  // ka
    {"კონტექსტი:  ", LogPart::context},  // ka
    {"მდებარეობა:   ", LogPart::location},  // ka
    {"მინიშნება:  ", LogPart::hint},  // ka
    {"მოთხოვნა:  ", LogPart::query},  // ka
    {"ოპერატორი:  ", LogPart::statement},  // ka
    {"სტეკი:  ", LogPart::backtrace},  // ka
    {"バックトレース:  ", LogPart::backtrace},  // ja
    {"ヒント:  ", LogPart::hint},  // ja
    {"上下文:  ", LogPart::context},  // zh_CN zh_TW
    {"位置:  ", LogPart::location},  // zh_CN zh_TW
    {"問い合わせ:  ", LogPart::query},  // ja
    {"回溯:  ", LogPart::backtrace},  // zh_CN zh_TW
    {"場所:  ", LogPart::location},  // ja
    {"提示:  ", LogPart::hint},  // zh_CN zh_TW
    {"文:  ", LogPart::statement},  // ja
    {"文脈:  ", LogPart::context},  // ja
    {"查詢:  ", LogPart::query},  // zh_TW
    {"查询:  ", LogPart::query},  // zh_CN
    {"詳情:  ", LogPart::detail},  // zh_TW
    {"詳細:  ", LogPart::detail},  // ja
    {"详情:  ", LogPart::detail},  // zh_CN
    {"语句:  ", LogPart::statement},  // zh_CN
    {"陳述式:  ", LogPart::statement},  // zh_TW
    {"내용:  ", LogPart::context},  // ko
    {"명령 구문:  ", LogPart::statement},  // ko
    {"상세정보:  ", LogPart::detail},  // ko
    {"역추적:  ", LogPart::backtrace},  // ko
    {"위치: ", LogPart::location},  // ko
    {"쿼리:", LogPart::query},  // ko
    {"힌트:  ", LogPart::hint},  // ko
};

// sorted
constexpr PositionWords kPositionWords[] = {
    {" ", " 번째 문자 부근"},  // ko
    {" (символ ", ")"},  // ru
    {" al carattere ", ""},  // it
    {" at character ", ""},  // en
    {" au caractère ", ""},  // fr
    {" bei Zeichen ", ""},  // de
    {" en carácter ", ""},  // es
    {" vid tecken ", ""},  // sv
    {" символ ", ""},  // uk
    {" სიმბოლოსთან ", ""},  // ka
    {" 在第 ", " 個字元處"},  // zh_TW
    {" 第 ", " 个字符处"},  // zh_CN
    {"(", "文字目)"},  // ja
};

// sorted
constexpr std::string_view kUnknownWords[] = {
    "[desconocido]",  // es
    "[inconnu]",  // fr
    "[okänd]",  // sv
    "[sconosciuto]",  // it
    "[unbekannt]",  // de
    "[unknown]",  // en uk
    "[н/д]",  // ru
    "[უცნობი]",  // ka
    "[不明]",  // ja zh_TW
    "[未知]",  // zh_CN
    "[알수없음]",  // ko
};
// clang-format on

}  // namespace

std::span<const SeverityWord> severity_words() { return kSeverityWords; }
std::span<const PartLabel> part_labels() { return kPartLabels; }
std::span<const PositionWords> position_words() { return kPositionWords; }
std::span<const std::string_view> unknown_words() { return kUnknownWords; }

}  // namespace selfheal::tail
