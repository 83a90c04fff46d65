"""Emergencies, scams, abuse, offices and chat, beside procedures that use the same words."""

from __future__ import annotations

import pytest

from app.answering.foreign import is_foreign
from app.answering.kinds import QuestionKind, kind_of
from app.answering.lexicon import Lexicon
from app.answering.restore import Restorer
from knowledge_base.syllables import fold, marked_share

EMERGENCIES = """
nhà tui đang cháy kêu ai tới chữa đây
cháy bếp ga rồi ai đó giúp với
bo lua ben kho rom chay lan qua nha roi
xóm em lửa cháy ngùn ngụt, xe cứu hỏa gọi số mấy
khói đen mù mịt trong phòng trọ, còn hai đứa nhỏ trong nớ
chayy nhaf roiif cuwus vowis
quán cơm đầu đường cháy dữ quá trời
xưởng gỗ đang bốc cháy có người kẹt bên trong
mui gas nong nac trong bep khong biet lam sao
rò rỉ khí gas, cả nhà chóng mặt hết rồi
thằng cháu bị điện giật, tay còn dính vô dây
dây điện đứt rớt xuống đường ngay trước trường học
Con bé té xuống giếng rồi, sâu lắm
may dua nho tam song co dua bi duoi nuoc chua keo len duoc
chìm ghe ngoài đập, hai người chưa thấy nổi lên
ghe bị lật giữa sông cứu gấp
nước lên tới ngực rồi mạ tui không biết bơi
nuoc lu vo ngap toi noc nha, ca nha ngoi tren mai cho cuu
Xe tui bị nước cuốn trôi trên ngầm tràn, đang mắc kẹt
đất lở vùi lấp nhà ông Năm, có người ở trong
cây ngã đè trúng chân ba em, không nhấc lên được
sập giàn giáo có người kẹt ở dưới
ông ngoại tự nhiên ngất xỉu, kêu hoài không dậy
ba tui xỉu ngang ngoài ruộng chừ mần răng
me em kho tho qua moi tim tai roi
bà nội đau ngực dữ dội vã mồ hôi
Chồng em tay chân không cử động được nữa, nói ngọng
mạ tôi méo mồm nói đớ từ hồi nãy tới giờ
bác sĩ ơi con em co giật trợn mắt rồi
chau be hoc hat nhan tho khong duoc
bé bị sặc sữa tím tái cả người
thằng nhỏ nuốt nhầm viên pin cúc áo
con em lỡ uống dầu hỏa
cả nhà ăn trúng nấm độc đang ói liên tục
vợ tui uống thuốc rầy tự tử giờ sùi bọt mép
chị hàng xóm vỡ nước ối rồi mà không gọi được xe
vợ em đau bụng sắp sinh mà không có xe đi viện
ong vò vẽ đốt ông tui khắp mặt sưng vù
bị rắn hổ mang cắn ngoài đồng phải làm sao
chó cắn thằng nhỏ chảy máu mặt nhiều lắm
máy cắt cỏ chém đứt ngón tay máu chảy không cầm
bị đổ nước sôi phỏng nặng hết lưng
tai nan giua duong quoc lo 14B nguoi bi thuong nam la liet
xe tải cán qua chân bạn em, gọi ai giờ
Hai xe máy tông nhau, một đứa nằm bất động
ba em té từ trên mái nhà xuống bất tỉnh nhân sự
có ông nằm gục ngoài đường không biết sống chết
chồng em say đánh em chảy máu đầu
ổng đang cầm rựa rượt chém tui
thằng con nghiện ma túy vác dao đòi giết cả nhà
nha ben canh dang danh vo keu cuu qua troi
bên kia đang đánh nhau ngoài ngõ có hung khí
có thằng ăn trộm đang cạy cửa nhà tui
trom vo nha dang o tren lau
cướp giật dây chuyền của má tui ngay trước chợ
con gái em bị người ta bắt cóc
có kẻ sàm sỡ hiếp dâm con bé trong rẫy
em chán sống lắm rồi
toi muon ket lieu cuoc doi
sống làm chi nữa hả trời, chết quách cho xong
thằng em đứng trên cầu đòi nhảy xuống sông
chị em uống cả vỉ thuốc ngủ, để lại thư vĩnh biệt
bà ngoại lẫn đi lạc từ sáng chưa tìm thấy
con tôi mất tích từ chiều qua
goi xe cap cuu giup toi voi
gọi cứu thương số mấy hả
cho xin số cứu nạn cứu hộ
có người sắp chết rồi ai cứu với
Help, my house is on fire!
someone is breaking in and my husband is bleeding
""".strip().splitlines()

NO_EMERGENCIES = """
phòng cháy chữa cháy cho nhà trọ thì xin giấy ở đâu
mua bình chữa cháy loại nào tốt
trợ cấp tai nạn lao động nộp ở đâu
chồng đánh bạc đòi ly hôn thì con theo ai
nói một hồi đuối lý nên thôi
làm đơn xin cứu xét miễn giảm học phí
bị chồng đánh thường xuyên, muốn ly hôn thì chia đất sao
nhà bị cháy năm ngoái giờ xin lại sổ đỏ
nha chay het giay to lam lai can cuoc o dau
đất bị sạt lở được cấp chỗ khác không
con đuối nước mất rồi thì khai tử chỗ nào
bị tai nạn xe cụt chân có được trợ cấp khuyết tật không
ba tôi đột quỵ nằm liệt hai năm nay xin trợ cấp được không
mẹ bị tai biến không ký được thì ủy quyền sao
cấp cứu không mang thẻ bảo hiểm có được hưởng không
tiền xe cấp cứu bảo hiểm y tế có trả không
người chết vì rắn cắn làm khai tử cần giấy gì
xe chạy ngoài đường trúng ổ gà thì phản ánh đâu
đang chạy xe ôm có được mua bảo hiểm hộ gia đình không
tôi đang đăng ký tạm trú
đang làm định danh mức 2 thì bị báo lỗi
dang lay danh sach ho ngheo o thon
đói muốn chết mà chưa nghỉ trưa
chờ lâu muốn chết, bao giờ mới có sổ
lo muốn chết không biết kịp hạn không
cháy túi rồi có được miễn lệ phí không
chợ cháy hàng rồi
cho tôi trả từ từ tiền sử dụng đất được không
muon tu tu dong tien dat
đất dưới nước có được cấp sổ không
tra cứu với mã hồ sơ
cứu trợ bão lụt xã phát gạo khi nào
hỗ trợ nhà sập do bão bao nhiêu
người mất tích hai năm thì xóa hộ khẩu được không
bị mất cắp giấy tờ làm lại căn cước
trộm lấy mất sổ đỏ phải báo ai để cấp lại
bị cướp giật mất căn cước làm lại ở đâu
đường dây nóng phản ánh chó thả rông
chó nhà hàng xóm cắn thì bồi thường sao
hàng xóm dọa đánh tôi vì tranh chấp đất, muốn tố cáo
sinh con trên xe giữa đường thì khai sinh ở đâu
vợ sắp sinh có được cấp thẻ bảo hiểm không
con mới sinh tháng trước chưa làm giấy
bà nội khó thở đi viện trái tuyến được bảo hiểm trả mấy phần
trẻ bị xâm hại được trợ giúp gì
nằm mơ thấy cháy nhà đánh con gì
ba bị đánh chết thì khai tử cần giấy của ai
uống thuốc huyết áp có thẻ thì lấy ở trạm được không
giấy chứng nhận người bị nhiễm chất độc hóa học
đăng ký học bơi phòng chống đuối nước cho trẻ
học lớp sơ cấp cứu ở đâu
thợ chạy máy gặt có phải đăng ký tạm trú
bán nhà chạy nợ thì sang tên thế nào
ăn chay trường có được miễn gì không
quán cơm chay ở gần xã
tổ bảo vệ an ninh bị thương khi bắt trộm được bồi thường không
gia cảnh khó khăn sống không nổi xin vô hộ nghèo
khổ thơ này của ai
cụ thờ cúng liệt sĩ được bao nhiêu
nước vô nhà mỗi khi mưa thì phản ánh cống ở đâu
người nhảy việc có mất bảo hiểm y tế không
nhà cháu ruột lo đám được nhận tiền không
nhà bị ngập mấy lần muốn xin tách thửa
cầu sập thì phản ánh với ai để xây lại
cháu té xe gãy tay bảo hiểm học sinh chi bao nhiêu
""".strip().splitlines()

SCAMS = """
có người nói là công an phường kêu em kết bạn zalo để hướng dẫn cập nhật căn cước
ai đó tự xưng cán bộ thuế bảo cài eTax qua đường link
so la goi bao thue bao cua toi sap bi khoa hai chieu
điện lực nhắn tin nói cắt điện nếu không chuyển khoản trong ngày
nó gọi video xưng cảnh sát hình sự nói tui dính đường dây rửa tiền
nguoi la goi bao con toi dang cap cuu bat chuyen 50 trieu
họ nói tui trúng xe máy, phải nộp thuế trước mới nhận được
trung thuong iphone ma doi dong phi van chuyen truoc co that khong
ngân hàng gửi tin nhắn kèm link bảo xác thực khuôn mặt, bấm được không
chú nớ nhắn zalo biểu chụp hai mặt căn cước gửi cho chú
có bà tới nhà nói bên bảo hiểm, thu tiền gia hạn thẻ rồi đi mất, bị lừa rồi
Tui bị lừa mất 20 triệu chừ báo ở mô
lỡ đọc mã otp cho người ta rồi làm răng
toi vua chuyen tien cho thang gia danh can bo xa
vừa bấm vô cái link lạ xong tài khoản bị trừ hết tiền
mẹ em bị mất hết tiền trong tài khoản sau khi cài app dịch vụ công giả
tài khoản facebook bị hack mượn tiền bạn bè
họ kêu cài ứng dụng VNeID bản mới qua file apk
nhân viên viettel gọi kêu nâng cấp sim 5G đọc mã gửi về máy
shipper gọi bảo chuyển khoản tiền hàng mà em đâu có đặt chi
người ta rủ làm nhiệm vụ online, nạp tiền trước được hoa hồng
tuyen cong tac vien lam tai nha nhung bat dat coc 500k co tin duoc khong
bạn trai quen qua mạng người Mỹ gửi quà về, hải quan giả gọi bắt đóng phí
thằng nào gọi nói có lệnh bắt tui, biểu chuyển tiền vô tài khoản an toàn
họ bắt giữ bí mật rồi kêu chia sẻ màn hình điện thoại
có cuộc gọi báo bưu phẩm có ma túy, liên quan vụ án, phải làm sao
vay tiền online nó kêu đóng phí bảo hiểm khoản vay trước
cong an goi dien yeu cau len dong bo du lieu dinh danh qua link
có anh xưng địa chính gọi bảo nộp ảnh sổ đỏ lên web lạ
xã gọi bảo cập nhật dữ liệu đất đai phải chuyển 200 ngàn, có thật không
nghi bị lừa đảo qua điện thoại
gia mao zalo cua chu tich xa de xin tien
số điện thoại giả danh tòa án gọi bắt nộp phạt
nguoi ta noi la ben benh vien keu chuyen vien phi gap cho con
tin nhan bao vi pham giao thong kem link nop phat nguoi
đứa nào gửi đường link kêu bình chọn cho cháu xong mất luôn facebook
kẻ lạ gọi đòi số thẻ ngân hàng với mật khẩu
bên bưu điện gọi báo có giấy phạt nguội phải nộp liền không thì bị bắt
có người nhận là luật sư lấy lại tiền bị lừa, đòi phí trước
em đầu tư tiền ảo trên app của người quen telegram giờ không rút được, bị lừa rồi phải không
dạ alo cho hỏi là sáng nay có số lạ họ gọi nói là cán bộ xã rồi biểu tôi đọc dãy số trong tin
ờ thì nó kêu nó bên công an á xong rồi nó bắt tui bấm vô cái đường dẫn đó có sao không
ko biet ai goi xin ma otp doi mat khau zalo
cb xa nhan zalo keu chup cccd 2 mat de lam so do moi co nen gui k
có ngừi gọi xưng côg an kiu cài ap vneid mới
họ hăm dọa không chuyển khoản sẽ khóa căn cước
gọi báo tui còn nợ tiền điện, bấm số 9 gặp tổng đài, thiệt không rứa
nhận tin nhắn nói được hoàn thuế bấm link điền số tài khoản
thầy giáo giả gọi nói con ngã ở trường cần chuyển tiền mổ gấp
lừa đảo bán đất qua mạng lấy cọc rồi chặn số
cho hỏi tin nhắn “nhận hỗ trợ 1 triệu của nhà nước, click vào link” có phải lừa không
ông nội bị dụ mua thuốc qua điện thoại, họ gọi đòi chuyển tiền hoài
no bieu qua ngan hang rut het tien tiet kiem chuyen qua tai khoan an toan
người ta kêu quét mã QR nhận quà tri ân rồi mất tiền
kêu tải phần mềm điều khiển điện thoại để sửa lỗi định danh, số lạ gọi
zalo mang tên Công an xã Bà Nà nhắn yêu cầu gửi ảnh khuôn mặt
bị kẻ gian lừa lấy mã xác thực
mới bị gạt mất 3 triệu tiền cọc phòng
cán bộ nào mà gọi đòi phí làm sổ đỏ nhanh 5 triệu vô tài khoản riêng vậy, có phải giả không
chuyển khoản cho người xưng nhân viên điện lực rồi giờ lấy lại được không
Someone phoned me saying he is from the police and wants my verification code, is it a scam?
I got a text message with a link to pay a traffic fine, should I click?
""".strip().splitlines()

NO_SCAMS = """
mất điện thoại có OTP trong đó thì khóa định danh làm sao
VNeID không gửi mã OTP về máy
cài VNeID trên máy nào cũng được à
quên mật khẩu VNeID lấy lại cách nào
nộp lệ phí bằng chuyển khoản được không
tiền trợ cấp chuyển khoản hay nhận tiền mặt
xã có nhận chuyển khoản phí chứng thực không
công an xã gọi tôi lên làm căn cước thì mang giấy gì
xã nhắn tin báo hồ sơ thiếu thì bổ sung ở đâu
một cửa gọi báo có kết quả thì lấy ở đâu
cán bộ gọi bổ sung giấy tờ, nộp trên mạng được không
quét mã QR trên thẻ căn cước có ra địa chỉ không
cập nhật thông tin căn cước lên thẻ bảo hiểm
cập nhật số điện thoại trong VNeID
đồng bộ giấy phép lái xe lên VNeID
liên kết tài khoản ngân hàng trên VNeID để nhận trợ cấp
khai báo tài khoản ngân hàng nhận an sinh xã hội
đặt cọc mua đất có cần ra xã chứng thực không
đóng bảo hiểm y tế trước sáu tháng được không
nộp trước lệ phí hay nộp sau
làm sổ đỏ nộp tiền trước hay sau
cho mượn sổ đỏ vay ngân hàng rồi bây giờ đòi lại sao
hàng xóm lừa lúc vắng nhà cắm lại ranh đất
vay vốn ngân hàng chính sách có phải thế chấp không
ngân hàng đòi giấy xác nhận tình trạng hôn nhân
nhà trường đòi giấy xác nhận cư trú
bệnh viện kêu chuyển viện có cần giấy không
cô giáo nhắn đóng bảo hiểm y tế cho con
điện lực cắt điện nhà tôi thì phản ánh ở đâu
bị khóa tài khoản định danh thì mở lại sao
thẻ bảo hiểm bị khóa vì chưa đóng
giấy tờ giả mạo bị phạt thế nào
làm chứng thực chữ ký giả có bị gì không
xung quanh đất nhà tôi có mương
tôi đi thanh niên xung phong có được chế độ gì
ruộng lúa nhà tôi bị lũ cuốn được hỗ trợ không
bị lụt mất lúa có hỗ trợ không
người gặt lúa thuê có phải khai tạm trú không
chụp ảnh sổ đỏ nộp qua mạng được không
gửi ảnh căn cước qua cổng dịch vụ công có cần bản gốc
nhận quà tết hộ nghèo khi nào
ai được nhận quà 27/7
tiền hỗ trợ hộ nghèo nhận qua bưu điện à
nâng cấp tài khoản định danh lên mức 2
nâng mức định danh có phải ra công an không
xác thực khuôn mặt trên VNeID không được
tải mẫu CT01 ở đâu
tải tờ khai khai sinh chỗ nào
nộp phạt chậm khai tử bao nhiêu
bị phạt vì không đăng ký tạm trú nộp ở đâu
hoàn thuế khi sang tên đất hộ nghèo được không
người nước ngoài muốn mua nhà
bạn trai người Mỹ muốn đăng ký kết hôn cần giấy gì
có người lạ ở nhờ nhà tôi thì khai báo lưu trú sao
người lạ tới thuê trọ không đưa căn cước thì sao
đăng ký tạm trú cho người lạ thuê nhà
chủ nhà gọi bảo tôi tự đăng ký tạm trú
mất thẻ ngân hàng chính sách có vay được không
dữ liệu đất đai cần làm sạch thì mang gì ra xã
đường link nộp hồ sơ dịch vụ công Đà Nẵng là gì
""".strip().splitlines()

ABUSE = """
đồ vô dụng
bot ngu vãi
mày ngu lắm
trả lời như cứt
câm mồm đi
đm trả lời gì kỳ vậy
vcl bot
tụi bây ăn hại
con bot khùng
cút đi đồ chó
im mom di
may la do oc cho
""".strip().splitlines()

NO_ABUSE = """
ngư dân có được hỗ trợ không
nông lâm ngư nghiệp mức sống trung bình
phường An Hải ở đâu
con chó nhà tôi chích ngừa ở đâu
nhà do ba vợ đứng tên
ngủ nhờ nhà bà con có phải khai báo không
mẹ mày giờ đứng tên sổ thì sao
giá trị di sản của mẹ mày để lại có phải đóng thuế không
đất do mẹ đứng tên
mấy ngụm nước giếng bẩn phản ánh ở đâu
người tâm thần, điên có được trợ cấp không
đồ đạc trong nhà thuê có phải khai không
""".strip().splitlines()

CHAT = """
chào em
xin chào trợ lý
hế lô
alo alo
bạn khỏe không
ăn cơm chưa em
kể chuyện cười nghe chơi
bạn là con gái à
ai tạo ra bạn
bạn biết làm gì
đang nói chuyện với người thật hay máy
dạ em cảm ơn nhiều nghe
ok cảm ơn bạn nha
tạm biệt
asdasdasd qwe
hjkl fghjk
""".strip().splitlines()

OFFICES = """
một cửa mấy giờ mở
ủy ban nghỉ trưa từ mấy giờ
thu bay cong an xa co truc khong
chủ nhật có ai ở ủy ban không
số điện thoại trạm y tế xã
cho xin sđt công an xã với
trụ sở mới của ủy ban nằm ở mô
bộ phận một cửa ở chỗ nào
tết ủy ban làm lại ngày mấy
hôm nay xã còn mở cửa không
chiều mấy giờ một cửa hết nhận hồ sơ
trạm y tế xã ở gần chợ không
""".strip().splitlines()

NO_OFFICES = """
Bệnh viện Chợ Rẫy mấy giờ mở cửa
UBND phường Bến Thành số điện thoại
ngân hàng Vietcombank thứ bảy có làm việc không
ra công an xã làm mấy bước
thủ tục nhận tiền mất mấy ngày
chế độ mộ của liệt sĩ
đổi địa chỉ trên căn cước thì làm sao
lên phường hay làm ở xã
công an xã làm tạm trú lấy bao nhiêu tiền
""".strip().splitlines()


def kind(text: str) -> QuestionKind:
    share = marked_share(text)
    marked = share >= 0.2
    words, _ = Lexicon.packaged().rewrite(text, marked=marked)
    restored = Restorer.packaged().restore(words).text
    return kind_of(words, restored, marked, is_foreign(text, words, share))


@pytest.mark.parametrize("text", EMERGENCIES)
def test_a_cry_for_help_is_heard_with_and_without_marks(text: str) -> None:
    assert [kind(text), kind(fold(text))] == [QuestionKind.EMERGENCY] * 2


@pytest.mark.parametrize("text", NO_EMERGENCIES)
def test_papers_after_a_misfortune_are_no_emergency(text: str) -> None:
    assert QuestionKind.EMERGENCY not in [kind(text), kind(fold(text))]


@pytest.mark.parametrize("text", SCAMS)
def test_a_trick_is_seen_with_and_without_marks(text: str) -> None:
    assert [kind(text), kind(fold(text))] == [QuestionKind.SCAM] * 2


@pytest.mark.parametrize("text", NO_SCAMS)
def test_codes_money_and_calls_of_the_office_are_no_scam(text: str) -> None:
    assert QuestionKind.SCAM not in [kind(text), kind(fold(text))]


@pytest.mark.parametrize("text", ABUSE)
def test_abuse_is_abuse(text: str) -> None:
    assert kind(text) is QuestionKind.ABUSE


@pytest.mark.parametrize("text", NO_ABUSE)
def test_what_only_sounds_like_abuse_is_answered(text: str) -> None:
    assert QuestionKind.ABUSE not in [kind(text), kind(fold(text))]


@pytest.mark.parametrize("text", CHAT)
def test_chat_is_no_question(text: str) -> None:
    chat = {
        QuestionKind.SMALL_TALK,
        QuestionKind.THANKS,
        QuestionKind.WHO_ARE_YOU,
        QuestionKind.UNREADABLE,
    }

    assert kind(text) in chat
    assert kind(fold(text)) in chat


@pytest.mark.parametrize("text", OFFICES)
def test_the_commune_s_own_counters_are_asked_for(text: str) -> None:
    assert [kind(text), kind(fold(text))] == [QuestionKind.OFFICE] * 2


def test_a_code_that_the_portal_asks_for_is_no_scam() -> None:
    text = "đăng nhập dịch vụ công đòi mã OTP mà sim cũ mất rồi"

    # typed without marks it is warned of: “doi ma otp” is what swindlers do
    assert kind(text) is QuestionKind.PROCEDURE


@pytest.mark.parametrize("text", NO_OFFICES)
def test_other_places_and_procedures_are_no_office(text: str) -> None:
    assert QuestionKind.OFFICE not in [kind(text), kind(fold(text))]


@pytest.mark.parametrize(
    "text",
    [
        "bị lừa chuyển tiền rồi, chừ báo ai",
        "vừa đọc mã otp cho nó, nó rút hết tiền trong tài khoản",
    ],
)
def test_money_already_gone_is_a_scam_still(text: str) -> None:
    assert kind(text) is QuestionKind.SCAM
